package import Config
package import Crypto
import HTTP

/// What the configuration says about one credential, as far as refreshing it goes.
package struct FlightRules: Sendable {
    /// How a new access token is had.
    package enum Renewal: Sendable {
        /// Asked anew with the client's own credentials, without a refresh token (RFC 6749 4.4).
        case asksAnew
        /// With the refresh token that is stored (RFC 6749 section 6).
        case refreshToken
        /// With the refresh token while there is one that is accepted, else as under `asksAnew`: what
        /// to ask with stands in the file (RFC 6749 section 4.3).
        case refreshTokenOrAnew
        /// Not at all: what was imported is used until it ends.
        case never
    }

    package var policy: TokenPolicy
    package var renewal: Renewal
    /// What tells a changed configuration from the one that the stored tokens came from.
    package var seed: SeedFingerprint
    /// The first refresh token, as configured; later ones live in the vault.
    package var firstRefreshToken: Secret?
    /// Whether the provider can be told of tokens that are taken away (RFC 7009).
    package var tellsRevocations: Bool

    /// Puts the rules together.
    package init(
        policy: TokenPolicy,
        renewal: Renewal,
        seed: SeedFingerprint,
        firstRefreshToken: Secret? = nil,
        tellsRevocations: Bool = false
    ) {
        self.policy = policy
        self.renewal = renewal
        self.seed = seed
        self.firstRefreshToken = firstRefreshToken
        self.tellsRevocations = tellsRevocations
    }

    /// Reads the rules of one credential out of a connection's configuration.
    ///
    /// The first refresh token belongs to the connection's own credential, not to its tenants'.
    package init(of connection: ConnectionConfiguration, for id: CredentialID) {
        let first = id.tenant == nil ? connection.refreshToken : nil
        let renewal: Renewal =
            switch connection.grant {
            case .clientCredentials, .jwtBearer: .asksAnew
            case .password: .refreshTokenOrAnew
            case .refreshToken, .authorizationCode: .refreshToken
            case .none: .never
            }
        let seed = SeedFingerprint(
            tokenURI: connection.tokenURI?.comparableText(filling: connection.parameter) ?? "",
            clientID: connection.clientID,
            clientSecret: connection.clientSecret,
            others: FlightRules.proofs(of: connection),
            request: FlightRules.asked(by: connection),
            refreshToken: first
        )
        self.init(
            policy: connection.tokens,
            renewal: renewal,
            seed: seed,
            firstRefreshToken: first,
            tellsRevocations: connection.revokeURI != nil || connection.issuer != nil
        )
    }

    /// What a connection proves itself with besides id and secret.
    private static func proofs(of connection: ConnectionConfiguration) -> [Secret] {
        let keys = connection.signingKeys.flatMap { directive, key, algorithm in
            let source: Secret =
                switch key {
                case .path(let path): Secret(path)
                case .pem(let content): content
                }
            return [Secret("\(directive) \(algorithm.rawValue)"), source]
        }
        let assertion = connection.assertion.map {
            [$0.issuer, $0.subject, $0.audience, $0.keyID].map { Secret($0 ?? "") }
        }
        return keys + (assertion ?? [])
            + [connection.username, connection.password].compactMap(\.self)
    }

    /// What else a refusal of the provider may be due to: how a connection authenticates, and what
    /// it asks for.
    private static func asked(by connection: ConnectionConfiguration) -> [Secret] {
        let authentication =
            switch connection.clientAuthentication {
            case .headers(let encoding): "headers \(encoding.rawValue)"
            case .body: "body"
            case .both: "both"
            case .none: "none"
            case .tls: "tls"
            case .privateKeyJWT(let jwt): "\(jwt.keyID ?? "") \(jwt.audience ?? "")"
            }
        let calls = connection.tokenCalls
        let words =
            [authentication, calls.body.rawValue, connection.scopeParameter ?? ""]
            + calls.resources.map { "resource \($0.text)" }
            + calls.renames.map { "rename \($0.name) \($0.value)" }
        let parts: [(String, [NamedSecret])] = [
            ("token_param", calls.parameters), ("refresh_param", calls.refreshParameters),
            ("token_header", calls.headers),
        ]
        let values = parts.flatMap { directive, list in
            list.flatMap { [Secret("\(directive) \($0.name)"), $0.value] }
        }
        return words.map { Secret($0) } + values
    }

    /// Whether a new access token can be had for a credential without a person.
    package func canRenew(_ credential: Credential) -> Bool {
        switch renewal {
        case .asksAnew, .refreshTokenOrAnew: true
        case .refreshToken: credential.refreshToken != nil
        case .never: false
        }
    }
}
