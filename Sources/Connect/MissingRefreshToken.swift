internal import Config
internal import HTTP
internal import Tokens

/// Says which parameter makes a provider give a refresh token, when it gave none.
enum MissingRefreshToken {
    /// What the token service calls this failure.
    private static let code = "no_refresh_token"

    /// The failure with its way out; `nil` for any other.
    static func explained(_ refusal: CredentialRefusal, _ plan: FlowPlan) -> ConnectFault? {
        guard case .refused(Self.code, _) = refusal else { return nil }
        return .noRefreshToken(missing: directive(for: plan.connection))
    }

    /// What to write: known of the provider, else what the connection lacks of the usual ones.
    private static func directive(for connection: ConnectionConfiguration) -> String {
        let missing = connection.missingForRefresh
        if !missing.isEmpty { return missing.map { "\($0);" }.joined(separator: "' and '") }
        if connection.scopes.contains("openid"), !connection.scopes.contains("offline_access") {
            return "scopes … offline_access;"
        }
        return connection.extra.contains(where: isOffline)
            ? "extra prompt consent;' or 'scopes … offline_access;"
            : "extra access_type offline;"
    }

    private static func isOffline(_ extra: NamedText) -> Bool {
        extra.name == "access_type" && extra.value == "offline"
    }
}

extension ConnectFault {
    /// The provider gave an access token and nothing to renew it with.
    static func noRefreshToken(missing directive: String) -> ConnectFault {
        ConnectFault(
            502,
            "no_refresh_token",
            "The provider gave no lasting access",
            "It gave no refresh token, so the access would end soon. Nothing was stored.",
            "Whoever runs this proxy should write '\(directive)' in the connection, or "
                + "'refresh off;' if this provider has no refresh tokens."
        )
    }
}
