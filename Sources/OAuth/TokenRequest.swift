package import Config
package import Credentials
package import Crypto
package import HTTP
internal import JSON

/// What a token call asks for.
package enum TokenGrant: Sendable {
    /// RFC 6749 section 4.4.
    case clientCredentials
    /// RFC 6749 section 6.
    case refreshToken(Secret)
    /// RFC 6749 section 4.1.3, with the verifier of RFC 7636.
    case authorizationCode(Secret, redirectURI: String, verifier: Secret?)
    /// RFC 7523 section 2.1.
    case jwtBearer(assertion: Secret)
}

/// Why no token call can be made: the configuration lacks or says something.
package enum TokenRequestError: Error, Hashable, Sendable {
    case noTokenURI
    /// The endpoint's URI cannot be made for this account, or leads where it may not.
    case endpoint(TemplateError)
    case noClientID
    /// A kind of client authentication that is not built yet.
    case unsupported(String)
    /// A header's value has a control character.
    case badHeader(name: String)
}

/// A call to a token endpoint, ready to be sent.
///
/// `request` has neither `Host` nor `Content-Length`: both follow from `destination` and the body.
package struct TokenRequest: Sendable {
    package let destination: Destination
    package let request: Request
    /// All that must not come back in a message to a person or a log.
    package let secrets: [Secret]

    package var uri: URI { destination.uri }

    /// Makes the call that a connection's configuration describes.
    ///
    /// One way of client authentication for each call, refreshes included (RFC 6749 section 2.3).
    package static func make(
        _ grant: TokenGrant,
        with values: TemplateValues
    ) throws(TokenRequestError) -> TokenRequest {
        let connection = values.connection
        let destination = try destination(of: grant, values)
        let uri = destination.uri
        var parameters = TokenParameters(grant, for: connection)
        var fields = Fields([("Accept", "application/json"), ("User-Agent", "attache")])
        if let basic = try parameters.authenticate(connection) {
            fields.append("Authorization", basic)
        }
        let items = parameters.items(isRefresh: grant.isRefresh)
        var target = uri.target
        var body: [UInt8] = []
        switch connection.tokenCalls.body {
        case .form:
            fields.append("Content-Type", "application/x-www-form-urlencoded")
            body = Array(FormEncoding.encode(items).utf8)
        case .json:
            fields.append("Content-Type", "application/json")
            body = Array(JSONValue.object(ofTexts: items).text.utf8)
        case .query:
            target += (uri.query == nil ? "?" : "&") + FormEncoding.encode(items)
        }
        for header in connection.tokenCalls.headers {
            let value = header.value.reveal()
            guard isHeaderValue(value) else { throw .badHeader(name: header.name) }
            fields.set(header.name, value)
        }
        let request = Request(method: "POST", target: target, fields: fields, body: body)
        return TokenRequest(
            destination: destination,
            request: request,
            secrets: grant.secrets + secrets(of: connection)
        )
    }

    private static func destination(
        of grant: TokenGrant,
        _ values: TemplateValues
    ) throws(TokenRequestError) -> Destination {
        do throws(TemplateError) {
            let endpoint: ConnectionConfiguration.Endpoint = grant.isRefresh ? .refresh : .token
            if let found = try values.connection.endpoint(endpoint, lookup: { values[$0] }) {
                return found
            }
        } catch {
            throw .endpoint(error)
        }
        throw .noTokenURI
    }

    private static func isHeaderValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }

    private static func secrets(of connection: ConnectionConfiguration) -> [Secret] {
        let calls = connection.tokenCalls
        return [connection.clientSecret, connection.password].compactMap(\.self)
            + (calls.parameters + calls.refreshParameters + calls.headers).map(\.value)
    }
}

extension TokenGrant {
    /// Whether this is a refresh, which has a URI and parameters of its own.
    var isRefresh: Bool {
        switch self {
        case .refreshToken: true
        case .clientCredentials, .authorizationCode, .jwtBearer: false
        }
    }

    /// What the provider must not be quoted with.
    var secrets: [Secret] {
        switch self {
        case .clientCredentials: []
        case .refreshToken(let token): [token]
        case .authorizationCode(let code, _, let verifier): [code] + (verifier.map { [$0] } ?? [])
        case .jwtBearer(let assertion): [assertion]
        }
    }
}
