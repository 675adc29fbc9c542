internal import Config
internal import Credentials
internal import HTTP
internal import OAuth
internal import Tokens
internal import JSON

/// A connection, or one tenant of it, as the API shows it: never a token or a secret.
struct ConnectionView {
    let state: CredentialState
    let entry: ConnectionDirectory.Entry

    /// The object `C` of the interface.
    var json: JSONValue {
        let configuration = entry.connection
        return .object([
            .init("name", .string(configuration.name)),
            .init("label", .string(configuration.label)),
            .init("tenant", .optional(state.id.tenant)),
            .init("source", .string(entry.source.rawValue)),
            .init("grant", .string(configuration.grant.rawValue)),
            .init("state", .string(state.state.rawValue)),
            .init("expires_at", Self.time(state.expiresAt)),
            .init("last_refresh_at", Self.time(state.lastRefreshAt)),
            .init("last_used_at", Self.time(state.lastUsedAt)),
            .init("refresh_expires_at", Self.time(state.refreshExpiresAt)),
            .init("scopes_requested", .optional(state.scopesRequested)),
            .init("scopes_granted", .optional(state.scopesGranted)),
            .init("scopes_missing", .optional(state.scopeDifference.missing)),
            .init("scopes_extra", .optional(state.scopeDifference.extra)),
            .init("generation", .number(String(state.generation))),
            .init("fields", fields),
            .init("token_fingerprint", .optional(state.tokenFingerprint)),
            .init("last_error", lastError),
            .init("base_uri", .string(configuration.api.baseURI.source)),
        ])
    }

    private var fields: JSONValue {
        let members = state.fields.sorted { $0.key < $1.key }
        return .object(members.map { .init($0.key, .string($0.value)) })
    }

    private var lastError: JSONValue {
        guard let fault = state.lastError else { return .null }
        return .object([
            .init("code", .string(fault.code)),
            .init("message", .string(fault.message)),
            .init("at", Self.time(fault.at)),
        ])
    }

    private static func time(_ time: WallTime?) -> JSONValue {
        .optional(time.map { HTTPDate.rfc3339($0.seconds) })
    }
}
