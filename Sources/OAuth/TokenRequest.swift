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
    /// RFC 7523 section 2.1, with an assertion that is made for this call.
    case jwtBearer
    /// RFC 6749 section 4.3.
    case password
}

/// Why no token call can be made: the configuration lacks or says something.
package enum TokenRequestError: Error, Hashable, Sendable {
    case noTokenURI
    /// The endpoint's URI cannot be made for this account, or leads where it may not.
    case endpoint(TemplateError)
    /// The server's metadata names an endpoint that must not be used.
    case metadata(MetadataError)
    case noClientID
    /// There is nothing to sign with.
    case noKey
    case key(SigningKeyError)
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
    /// - Throws: `TokenRequestError` for a configuration that has to be mended.
    package static func make(
        _ grant: TokenGrant,
        at endpoints: Endpoints,
        keys: SigningKeys,
        now: WallTime
    ) throws(TokenRequestError) -> TokenRequest {
        let connection = endpoints.connection
        guard let destination = try endpoints.destination(of: grant.isRefresh ? .refresh : .token)
        else { throw .noTokenURI }
        let uri = destination.uri
        let audience = try endpoints.audience(calling: destination)
        let proof = try ClientProof(connection, to: audience, key: keys.client, at: now)
        let assertion = try grant.assertion(for: connection, to: audience, keys.assertion, now)
        let parameters = TokenParameters(
            grant,
            for: connection,
            assertion: assertion,
            proof: proof.parameters
        )
        var fields = Fields([("Accept", "application/json"), ("User-Agent", "attache")])
        if let authorization = proof.authorization {
            fields.append("Authorization", authorization)
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
        try connection.tokenCalls.addHeaders(to: &fields)
        let request = Request(method: "POST", target: target, fields: fields, body: body)
        return TokenRequest(
            destination: destination,
            request: request,
            secrets: grant.secrets + [assertion].compactMap(\.self) + secrets(of: connection)
        )
    }

    private static func secrets(of connection: ConnectionConfiguration) -> [Secret] {
        let calls = connection.tokenCalls
        return [connection.clientSecret, connection.password].compactMap(\.self)
            + (calls.parameters + calls.refreshParameters + calls.headers).map(\.value)
    }
}

extension TokenGrant {
    /// Whether this is a refresh, which has a URI and parameters of its own.
    package var isRefresh: Bool {
        switch self {
        case .refreshToken: true
        case .clientCredentials, .authorizationCode, .jwtBearer, .password: false
        }
    }

    /// What is signed for this one call; `nil` for the other grants.
    fileprivate func assertion(
        for connection: ConnectionConfiguration,
        to audience: String,
        _ key: SigningKey?,
        _ now: WallTime
    ) throws(TokenRequestError) -> Secret? {
        guard case .jwtBearer = self else { return nil }
        guard let assertion = connection.assertion, let key else { throw .noKey }
        do throws(SigningKeyError) {
            return try Assertion.grant(
                assertion,
                of: connection,
                to: audience,
                signedBy: key,
                at: now
            )
        } catch {
            throw .key(error)
        }
    }

    /// What the provider must not be quoted with.
    var secrets: [Secret] {
        switch self {
        case .clientCredentials, .jwtBearer, .password: []
        case .refreshToken(let token): [token]
        case .authorizationCode(let code, _, let verifier): [code] + (verifier.map { [$0] } ?? [])
        }
    }
}

extension TokenCallConfiguration {
    /// Adds the headers of `token_header`, which replace ours.
    ///
    /// - Throws: `TokenRequestError.badHeader`.
    func addHeaders(to fields: inout Fields) throws(TokenRequestError) {
        for header in headers {
            let value = header.value.reveal()
            guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
                throw .badHeader(name: header.name)
            }
            fields.set(header.name, value)
        }
    }
}

extension TokenRequestError: CustomStringConvertible {
    /// What to mend.
    package var description: String {
        switch self {
        case .noTokenURI: "the connection has no token_uri"
        case .endpoint(let error): "the provider's endpoint: \(error)"
        case .metadata(let error): "the issuer's metadata: \(error)"
        case .noClientID: "the connection has no client_id"
        case .noKey: "the connection has no key to sign with"
        case .key(let error): error.description
        case .badHeader(let name): "the value of token_header \(name) has a control character"
        }
    }
}
