internal import Config
internal import Tokens

extension ConnectFault {
    /// What the token service calls a reply without a refresh token.
    private static let code = "no_refresh_token"

    /// The same failure with its way out, where the reply had nothing to renew the access with.
    ///
    /// - Returns: `nil` for any other failure.
    static func missingRefreshToken(
        _ refusal: CredentialRefusal,
        of connection: ConnectionConfiguration
    ) -> ConnectFault? {
        guard case .refused(code, _) = refusal else { return nil }
        let missing = connection.missingForRefresh ?? guess(connection)
        let directives = missing.map { "'\($0);'" }.joined(separator: " and ")
        let mending =
            missing.isEmpty
            ? "Take this app's access away at the provider and connect once more: many give a "
                + "refresh token at the first consent only."
            : "Whoever runs this proxy should write \(directives) in the connection."
        return ConnectFault(
            502,
            code,
            "The provider gave no lasting access",
            "It gave no refresh token, so the access would end soon. Nothing was stored.",
            "\(mending) If this provider has no refresh tokens, 'refresh off;' is right."
        )
    }

    /// What providers usually want, where nothing is known of this one.
    private static func guess(_ connection: ConnectionConfiguration) -> [String] {
        if !connection.extra.contains(NamedText("access_type", "offline")) {
            return ["extra access_type offline"]
        }
        return connection.scopes.contains("offline_access") ? [] : ["scopes … offline_access"]
    }
}
