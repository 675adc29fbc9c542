internal import Bytes
internal import Config
internal import Connection
internal import Credentials
internal import Crypto
internal import HTTP

/// What a route adds to requests of one account, rendered once for each generation of its token.
final class Injection {
    /// Whose token is inside; `nil` for none.
    let credential: CredentialID?
    /// The generation of the token inside; 0 where there is none.
    let generation: Int
    let address: UpstreamAddress
    /// Whole lines, the injected fields that come last and win.
    let headerLines: [UInt8]
    /// Lines that stand in for fields which the caller did not send, by lower-case name.
    let defaultLines: [(name: [UInt8], line: [UInt8])]
    /// `Host: …` with its line end.
    let hostLine: [UInt8]
    /// The base URI's path as written, and without its last slash.
    let basePath: [UInt8]
    let joinedPath: [UInt8]
    /// The base URI's own query, without the question mark.
    let baseQuery: [UInt8]
    /// Query parameters that replace the caller's, encoded; empty for none.
    let query: [UInt8]
    let queryNames: [[UInt8]]

    /// Renders everything of a route for one token, or for none.
    ///
    /// - Throws: `Refusal.missingField` and the like: the request cannot be sent as configured.
    init(_ route: Route, tenant: String?, snapshot: TokenSnapshot?) throws(Refusal) {
        let values =
            snapshot.map { TemplateValues(route.connection, snapshot: $0) }
            ?? TemplateValues(route.connection, tenant: tenant, fields: [:])
        credential = snapshot?.id
        generation = snapshot?.generation ?? 0
        do throws(TemplateError) {
            let connection = values.connection
            let api = connection.api
            let destination: Destination
            if let own = route.configuration.baseURI {
                destination = Destination(own, isNamed: true)
            } else {
                destination = try connection.baseURI { values[$0] }
            }
            let base = destination.uri
            address = UpstreamAddress(
                host: base.host,
                port: base.port,
                isTLS: base.scheme == .https,
                serverName: api.tls.serverName,
                isNamed: destination.isNamed
            )
            hostLine = Array("Host: \(base.authority)\r\n".utf8)
            basePath = Array((base.path.isEmpty ? "/" : base.path).utf8)
            joinedPath = basePath.last == UInt8(ascii: "/") ? basePath.dropLast() : basePath
            baseQuery = Array((base.query ?? "").utf8)
            headerLines = try Self.lines(api.headers + route.configuration.headers, values)
                .flatMap(\.line)
            defaultLines = try Self.lines(api.defaultHeaders, values)
            var pairs: [String] = []
            for parameter in api.query {
                let made = try parameter.render(context: .query) { values[$0] }
                guard let value = made else { continue }
                pairs.append("\(FormEncoding.percentEncode(parameter.name))=\(value)")
            }
            query = Array(pairs.joined(separator: "&").utf8)
            queryNames = api.query.map { Array($0.name.utf8) }
        } catch {
            switch error {
            case .missing(let field): throw .missingField(field)
            default: throw .needsAuthorization(code: "configuration", message: error.description)
            }
        }
    }

    private static func lines(
        _ headers: [NamedTemplate],
        _ values: TemplateValues
    ) throws(TemplateError) -> [(name: [UInt8], line: [UInt8])] {
        var lines: [(name: [UInt8], line: [UInt8])] = []
        for header in headers {
            let made = try header.render(context: .header) { values[$0] }
            guard let value = made else { continue }
            lines.append(
                (Array(header.name.lowercased().utf8), Array("\(header.name): \(value)\r\n".utf8))
            )
        }
        return lines
    }
}
