import Config
import Crypto
import HTTP

/// The parameters of one token call, in the order in which they are sent.
struct TokenParameters {
    private var standard: [(String, String)]
    private let calls: TokenCallConfiguration

    /// Gathers what the grant itself demands, and what proves the client.
    init(
        _ grant: TokenGrant,
        for connection: ConnectionConfiguration,
        assertion: Secret?,
        proof: [(String, String)]
    ) {
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
            // Connectors' providers are used to it.
            if verifier != nil, connection.connector != nil {
                standard.append(("code_challenge_method", "S256"))
            }
        case .jwtBearer:
            standard =
                [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", assertion?.reveal() ?? ""),
                ] + scope
        case .password:
            standard =
                [
                    ("grant_type", "password"), ("username", connection.username?.reveal() ?? ""),
                    ("password", connection.password?.reveal() ?? ""),
                ] + scope
        }
        standard += connection.tokenCalls.resources.map { ("resource", $0.text) } + proof
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
