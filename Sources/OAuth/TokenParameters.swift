import Config
import Crypto
import HTTP

/// The parameters of one token call, in the order in which they are sent.
struct TokenParameters {
    private var standard: [(String, String)]
    private let calls: TokenCallConfiguration

    /// Gathers what the grant itself demands.
    init(_ grant: TokenGrant, for connection: ConnectionConfiguration) {
        calls = connection.tokenCalls
        let scope = connection.scopeParameter.map { [("scope", $0)] } ?? []
        switch grant {
        case .clientCredentials:
            standard = [("grant_type", "client_credentials")] + scope
        case .refreshToken(let token):
            // Without a scope the provider gives what was granted before (RFC 6749 section 6).
            standard = [("grant_type", "refresh_token"), ("refresh_token", token.reveal())]
        case .authorizationCode(let code, let redirectURI, let verifier):
            standard = [
                ("grant_type", "authorization_code"), ("code", code.reveal()),
                ("redirect_uri", redirectURI),
            ]
            if let verifier { standard.append(("code_verifier", verifier.reveal())) }
        case .jwtBearer(let assertion):
            standard =
                [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", assertion.reveal()),
                ] + scope
        }
        standard += connection.tokenCalls.resources.map { ("resource", $0.text) }
    }

    /// Adds the client's id and secret where they belong; gives the header's value if there is one.
    mutating func authenticate(
        _ connection: ConnectionConfiguration
    ) throws(TokenRequestError) -> String? {
        let secret = connection.clientSecret?.reveal()
        switch connection.clientAuthentication {
        case .none, .tls:
            addClient(connection.clientID, secret: nil)
            return nil
        case .privateKeyJWT: throw .unsupported("client_auth private_key_jwt")
        case .body:
            addClient(connection.clientID, secret: secret)
            return nil
        case .both, .headers:
            guard let id = connection.clientID else {
                // Providers that take everything as their own parameters need no client.
                if secret == nil { return nil }
                throw .noClientID
            }
            guard let secret else {
                // A public client has nothing to prove itself with, and says only who it is.
                addClient(id, secret: nil)
                return nil
            }
            guard case .headers(let encoding) = connection.clientAuthentication else {
                addClient(id, secret: secret)
                return TokenParameters.basic(id, secret, encoding: .form)
            }
            return TokenParameters.basic(id, secret, encoding: encoding)
        }
    }

    private mutating func addClient(_ id: String?, secret: String?) {
        if let id { standard.append(("client_id", id)) }
        if let secret { standard.append(("client_secret", secret)) }
    }

    /// Basic credentials; form-encoded first, as RFC 6749 section 2.3.1 demands, or raw.
    private static func basic(
        _ id: String,
        _ secret: String,
        encoding: ClientAuthentication.Encoding
    ) -> String {
        let pair =
            switch encoding {
            case .form:
                // What is encoded has no `=` of its own, so the only one stands between the two.
                FormEncoding.encode([(id, secret)]).replacing("=", with: ":", maxReplacements: 1)
            case .raw: "\(id):\(secret)"
            }
        return "Basic " + Base64.encode(Array(pair.utf8))
    }

    /// All parameters under the names that this provider has for them.
    ///
    /// What the configuration adds replaces a standard parameter of the same name.
    func items(isRefresh: Bool) -> [(String, String)] {
        let refresh = isRefresh ? calls.refreshParameters : []
        let refreshNames = Set(refresh.map(\.name))
        let added = calls.parameters.filter { !refreshNames.contains($0.name) } + refresh
        let addedNames = Set(added.map(\.name))
        return standard.map { (calls.name(of: $0.0), $0.1) }.filter { !addedNames.contains($0.0) }
            + added.map { ($0.name, $0.value.reveal()) }
    }
}
