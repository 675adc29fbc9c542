internal import Config
internal import Crypto
internal import HTTP
internal import JSON

/// Where a connection sends what it holds: scheme, host and port of each place, with the fields that
/// decide them filled in as far as the connection does that itself.
///
/// Two of them, of before and after a change, tell what would travel to a host that it was not
/// entered for.
struct SecretPlaces {
    /// Where tokens are had, renewed and ended.
    private let tokenCalls: Set<String>
    /// Where the API is, and what is asked there or elsewhere after connecting.
    private let calls: Set<String>
    private let connection: ConnectionConfiguration

    init(_ connection: ConnectionConfiguration) {
        self.connection = connection
        let written = [connection.tokenURI, connection.refreshURI, connection.revokeURI]
        var tokenCalls = Self.places(of: written.compactMap(\.self), in: connection)
        if let issuer = connection.issuer { tokenCalls.insert(Self.origin(issuer.text)) }
        self.tokenCalls = tokenCalls
        let lookups = connection.lookups.map(\.uri)
        let calls = Self.places(of: [connection.api.baseURI] + lookups, in: connection)
        // Whoever has a certificate of that name is taken for the host.
        let name = connection.api.tls.serverName
        self.calls = Set(calls.map { place in name.map { "\(place) as \($0)" } ?? place })
    }

    /// Where the tokens of accounts go.
    var tokens: Set<String> { connection.grant == .none ? [] : tokenCalls.union(calls) }

    /// Where a secret goes; `path`: the names of the members that lead to it.
    func places(of path: [String]) -> Set<String> {
        switch path.first {
        case "client_secret": proof.union(uses(of: "client_secret"))
        case "username", "password", "client_auth", "assertion", "token_param", "refresh_param",
            "token_header":
            proof
        case "field", "parameter": path.count > 1 ? uses(of: path[1]) : everywhere
        case "api_client": calls
        case "extra": authorizing
        default: everywhere
        }
    }

    /// Where that goes which proves the client: with the token calls, and where it is enough to have a
    /// token, what it gives goes to the API too.
    private var proof: Set<String> {
        switch connection.grant {
        case .clientCredentials, .jwtBearer, .password:
            tokenCalls.union(calls.map { "tokens for \($0)" })
        case .authorizationCode, .refreshToken, .none: tokenCalls
        }
    }

    private var everywhere: Set<String> { tokenCalls.union(calls).union(shown) }

    /// Where people say yes.
    private var authorizing: Set<String> {
        let written = [connection.authorizeURI].compactMap(\.self)
        let issuer = [connection.issuer].compactMap(\.self).map { Self.origin($0.text) }
        return Self.places(of: written, in: connection).union(issuer)
    }

    /// What any browser sees.
    private var shown: Set<String> {
        Set([connection.authorizeURI].compactMap(\.self).map { "shown \($0.source)" })
    }

    /// Where templates take a field.
    private func uses(of field: String) -> Set<String> {
        let api = connection.api
        let added = (api.headers + api.defaultHeaders + api.query).map(\.template)
        let endpoints = [connection.tokenURI, connection.refreshURI, connection.revokeURI]
        let uris = endpoints.compactMap(\.self) + connection.lookups.map(\.uri)
        let used = uris.filter { $0.fields.contains(field) }
        var places = Self.places(of: used, in: connection)
        if ([api.baseURI] + added).contains(where: { $0.fields.contains(field) }) {
            places.formUnion(calls)
        }
        if connection.authorizeURI?.fields.contains(field) == true { places.formUnion(shown) }
        return places
    }

    private static func places(
        of templates: [Template],
        in connection: ConnectionConfiguration
    ) -> Set<String> {
        var places: Set<String> = []
        for template in templates {
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
        return places
    }

    /// A URI's text up to its path.
    private static func origin(_ text: String) -> String {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/").lowercased()
    }
}

extension ConnectionMembers {
    /// The secrets that a patch keeps and that would go to places which they were not entered for, by
    /// the names that people know them by.
    func carriedElsewhere(
        by patch: ConnectionMembers,
        from old: SecretPlaces,
        to new: SecretPlaces
    ) -> [String] {
        var names: [String] = []
        for path in parted.secret.object.leaves where !patch.object.hasValue(at: path) {
            guard !new.places(of: path).isSubset(of: old.places(of: path)) else { continue }
            let name = Self.name(of: path)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private static func name(of path: [String]) -> String {
        switch path.first {
        case "client_auth"?, "assertion"?: path[0]
        case "api_client"?: path.dropFirst().joined(separator: ".")
        default: path.joined(separator: ".")
        }
    }
}

extension JSONValue {
    /// The names that lead to everything in it that is no object.
    fileprivate var leaves: [[String]] {
        guard case .object(let members) = self else { return [[]] }
        return members.flatMap { member in member.value.leaves.map { [member.name] + $0 } }
    }

    /// Whether there is something at a path of names: a value, or one that stands for all below it.
    fileprivate func hasValue(at path: [String]) -> Bool {
        guard case .object = self, let first = path.first else { return self != .null }
        return self[first]?.hasValue(at: Array(path.dropFirst())) ?? false
    }
}
