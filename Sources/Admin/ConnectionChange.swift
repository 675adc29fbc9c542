internal import Crypto
internal import Config
internal import HTTP
internal import JSON

/// A connection and what is to become of it.
struct ConnectionChange {
    /// Secrets that go to the token endpoint.
    private static let sentSecrets: Set<String> = [
        "client_secret", "password", "token_param", "refresh_param", "token_header",
    ]
    /// Directives whose keys sign what the token endpoint gets, perhaps for somebody else to read.
    private static let signing = ["client_auth", "assertion"]
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
    /// Whether secrets and refresh tokens would go to places that they were not entered for.
    let moves: Bool
    /// Whether tokens are had in another way than before.
    let changesCalls: Bool

    /// Works out what a connection becomes by a patch (RFC 7396).
    ///
    /// The secrets go only to the places that they were entered for: where those change, old ones
    /// are dropped, and new ones have to come along.
    /// - Throws: 422 with all that is wrong.
    init(
        _ old: ConnectionConfiguration,
        _ stored: ConnectionMembers,
        _ patch: ConnectionMembers,
        _ name: String,
        _ policy: TokenPolicy
    ) throws(APIError) {
        self.old = old
        var members = stored.merged(with: patch)
        do throws(ConfigErrors) {
            var built = try ConnectionConfiguration.build(name, of: members, over: policy)
            moves = !Self.places(built.connection).isSubset(of: Self.places(old))
            if moves {
                let (old, new) = (stored.parted.secret, patch.parted.secret)
                let kept = members.parted.secret
                for name in Self.signing where old[name] != nil && new[name] == nil {
                    guard kept[name] != old[name] else { throw .newHost(name) }
                }
                let hadSecret = stored["client_secret"] != nil && patch["client_secret"] == nil
                members = stored.without(Self.sentSecrets).merged(with: patch)
                do throws(ConfigErrors) {
                    built = try ConnectionConfiguration.build(name, of: members, over: policy)
                } catch {
                    guard hadSecret else { throw error }
                    throw .newHost("client_secret")
                }
            }
            connection = built.connection
            warnings = built.warnings.map(\.memberMessage)
        } catch {
            throw .unprocessable(error)
        }
        self.members = members
        let others = Self.otherDirectives
        changesCalls = stored.without(others) != members.without(others)
    }

    /// Scheme, host and port of everything that secrets and refresh tokens are sent to, with the
    /// fields that decide them filled in as far as the connection does that itself.
    private static func places(_ connection: ConnectionConfiguration) -> Set<String> {
        var places: Set<String> = []
        let calls = [connection.tokenURI, connection.refreshURI, connection.revokeURI]
        for template in calls.compactMap(\.self) + otherUses(of: "client_secret", in: connection) {
            let text = template.comparableText { name in
                connection.parameter(name)
                    ?? connection.fields.last { $0.name == name }?.value.reveal()
            }
            places.insert(origin(text))
            if !template.hostFields.isEmpty {
                // An account's own values decide, among the hosts that are allowed.
                places.insert(origin(template.source))
                places.formUnion(connection.api.allowHosts.map { "allowed \($0)" })
            }
        }
        if let authorizeURI = connection.authorizeURI?.source,
            connection.authorizeURI?.fields.contains("client_secret") == true
        {
            // Any browser sees it.
            places.insert("shown \(authorizeURI)")
        }
        if let issuer = connection.issuer { places.insert(origin(issuer.text)) }
        return places
    }

    /// The URIs outside of token calls that a field is sent to, in them or in a header.
    private static func otherUses(
        of field: String,
        in connection: ConnectionConfiguration
    ) -> [Template] {
        let api = connection.api
        let added = (api.headers + api.defaultHeaders + api.query).map(\.template)
        let isEverywhere = ([api.baseURI] + added).contains { $0.fields.contains(field) }
        let lookups = connection.lookups.map(\.uri)
        return isEverywhere
            ? [api.baseURI] + lookups : lookups.filter { $0.fields.contains(field) }
    }

    /// A URI's text up to its path.
    private static func origin(_ text: String) -> String {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/").lowercased()
    }
}

extension ConfigErrors {
    /// What is said where a secret would go to another host; `name`: the directive that has it.
    fileprivate static func newHost(_ name: String) -> ConfigErrors {
        ConfigErrors([
            Diagnostic(
                .error,
                at: SourcePosition(file: name, line: 0, column: 0),
                "'\(name)' was entered for another host and is not sent to this one; enter it again"
            )
        ])
    }
}
