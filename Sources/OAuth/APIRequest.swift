package import Config
package import Credentials
package import HTTP
internal import JSON

/// A call that the proxy itself makes with a connection's token.
package struct APIRequest: Sendable {
    package let destination: Destination
    package let request: Request

    /// The call of `test`: through the `api_client`, like a caller's request.
    ///
    /// - Throws: `TemplateError` for a template that cannot be filled.
    package static func test(
        _ test: TestConfiguration,
        with values: TemplateValues
    ) throws(TemplateError) -> APIRequest {
        let api = values.connection.api
        let destination = try values.connection.baseURI { values[$0] }
        var fields = plainFields
        for header in api.defaultHeaders + api.headers {
            let made = try header.render(context: .header) { values[$0] }
            if let value = made { fields.set(header.name, value) }
        }
        var query = [destination.uri.query].compactMap(\.self)
        let parts = test.path.split(
            separator: "?",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        if parts.count > 1 { query.append(String(parts[1])) }
        for parameter in api.query {
            let made = try parameter.render(context: .query) { values[$0] }
            guard let value = made else { continue }
            query.append("\(FormEncoding.percentEncode(parameter.name))=\(value)")
        }
        let base = destination.uri.path
        let path = (base.hasSuffix("/") ? String(base.dropLast()) : base) + parts[0]
        let target = query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
        let request = Request(method: test.method, target: target, fields: fields)
        return APIRequest(destination: destination, request: request)
    }

    /// The call of a `lookup`, with the headers of the `api_client` as far as they have values yet.
    ///
    /// The token goes out as a bearer token where none of these headers carries it.
    /// - Throws: `TemplateError` for a URI that cannot be made, or that leads where it may not.
    package static func lookup(
        _ lookup: LookupConfiguration,
        with values: TemplateValues
    ) throws(TemplateError) -> APIRequest {
        let destination = try values.connection.destination(of: lookup.uri) { values[$0] }
        var fields = plainFields
        var headers = values.connection.api.headers
        if !headers.contains(where: { $0.template.fields.contains("access_token") }) {
            headers.append(NamedTemplate("Authorization", .bearer))
        }
        for header in values.connection.api.defaultHeaders + headers {
            do throws(TemplateError) {
                let value = try header.template.render(context: .header) { values[$0] }
                fields.set(header.name, value)
            } catch .missing {
                // The very field that this call may be made for.
                continue
            }
        }
        let request = Request(
            method: lookup.method,
            target: destination.uri.target,
            fields: fields
        )
        return APIRequest(destination: destination, request: request)
    }

    private static let plainFields = Fields([
        ("Accept", "application/json"), ("User-Agent", "attache"),
    ])
}

/// Why a lookup gave nothing.
package enum LookupError: Error, Hashable, Sendable {
    case status(Int)
    case tooLarge
    case unreadable
    /// Nothing that could be a field's value stands at this path.
    case missing(path: String)
}

extension LookupError: CustomStringConvertible {
    /// What happened, in words.
    package var description: String {
        switch self {
        case .status(let status): "the answer is \(status)"
        case .tooLarge: "the answer is larger than 256 KiB"
        case .unreadable: "the answer is no JSON"
        case .missing(let path): "the answer has no text or number at '\(path)'"
        }
    }

    /// Whether it may be otherwise the next time.
    package var mayPass: Bool {
        switch self {
        case .status(let status): status >= 500 || status == 429 || status == 408
        case .tooLarge, .unreadable, .missing: false
        }
    }
}

extension LookupConfiguration {
    /// The fields that an answer gives, every one of them.
    ///
    /// - Throws: `LookupError`.
    package func fields(of response: Response) throws(LookupError) -> [String: String] {
        guard 200...299 ~= response.status else { throw .status(response.status) }
        guard response.body.count <= TokenResponse.bodyBytesMax else { throw .tooLarge }
        guard let value = JSONValue(json: response.body) else { throw .unreadable }
        var found: [String: String] = [:]
        for field in fields {
            guard let text = value.value(at: field.value)?.scalarText, !text.isEmpty,
                !text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
            else { throw .missing(path: field.value) }
            found[field.name] = text
        }
        return found
    }
}
