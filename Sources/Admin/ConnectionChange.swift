internal import Config
internal import Credentials
internal import JSON

/// A connection and what is to become of it.
struct ConnectionChange {
    /// Directives that change nothing about how a token is had.
    private static let otherDirectives: Set<String> = [
        "label", "api_client", "test", "upstream", "lookup", "authorize_uri", "redirect_uri",
        "revoke_uri", "pkce", "refresh", "extra", "callback_param", "callback_keep",
        "refresh_before", "refresh_share", "refresh_wait", "request_timeout", "failure_backoff",
        "min_forced_interval", "assume_lifetime", "keep_alive", "concurrency",
    ]

    let old: ConnectionConfiguration
    let members: ConnectionMembers
    let connection: ConnectionConfiguration
    let warnings: [String]
    /// Whether the tokens of accounts would go to places that they were not given for.
    let moves: Bool
    /// Whether tokens are had in another way than before.
    let changesCalls: Bool
    /// Whether new tokens must not be used under the connection as it was.
    let separatesTokens: Bool

    /// Works out what a connection becomes by a patch (RFC 7396).
    ///
    /// A secret goes only to the places that it was entered for: where those change, it has to come
    /// along again. Nor do tokens go elsewhere, or any that were had with a secret of before.
    /// - Throws: 422 with all that is wrong.
    init(
        _ old: ConnectionConfiguration,
        _ stored: ConnectionMembers,
        _ patch: ConnectionMembers,
        _ name: String,
        _ policy: TokenPolicy
    ) throws(APIError) {
        self.old = old
        members = stored.merged(with: patch)
        do throws(ConfigErrors) {
            let built = try ConnectionConfiguration.build(name, of: members, over: policy)
            connection = built.connection
            warnings = built.warnings.map(\.memberMessage)
        } catch {
            throw .unprocessable(error)
        }
        let (before, after) = (SecretPlaces(old), SecretPlaces(connection))
        let carried = members.carriedElsewhere(by: patch, from: before, to: after)
        guard carried.isEmpty else { throw .newHost(carried) }
        moves = Self.moves(from: before, to: after)
        let others = Self.otherDirectives
        changesCalls = stored.without(others) != members.without(others)
        separatesTokens = Self.separatesTokens(old, connection)
    }

    /// Whether tokens that were had for one of two connections must not be used under the other.
    static func separatesTokens(
        _ one: ConnectionConfiguration,
        _ other: ConnectionConfiguration
    ) -> Bool {
        SecretPlaces(one).tokens != SecretPlaces(other).tokens
            || client(of: one) != client(of: other)
    }

    /// Whether tokens would go to places that they were not given for.
    static func moves(from old: SecretPlaces, to new: SecretPlaces) -> Bool {
        !new.tokens.isSubset(of: old.tokens)
    }

    /// What is noted with tokens of where they came from.
    private static func client(of connection: ConnectionConfiguration) -> SeedFingerprint {
        FlightRules(of: connection, for: CredentialID(connection: connection.name))
            .seed.withoutToken
    }
}

extension APIError {
    /// What is said where secrets would go to another host; `names`: the members that have them.
    fileprivate static func newHost(_ names: [String]) -> APIError {
        let what = names.map { "'\($0)'" }.joined(separator: ", ")
        let isOne = names.count == 1
        return .unprocessable(
            "\(what) \(isOne ? "was" : "were") entered for another host and "
                + "\(isOne ? "is" : "are") not sent to this one; enter \(isOne ? "it" : "them") again"
        )
    }
}
