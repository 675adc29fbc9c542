internal import JSON

/// Finds the directive that each member of an object stands for.
struct MemberNames {
    /// What directives are called besides: in forms that people fill in, and in the plural.
    private static let others = [
        "grant_type": "grant", "token_url": "token_uri", "authorization_url": "authorize_uri",
        "api_base_url": "base_uri", "scope": "scopes", "parameters": "parameter",
        "fields": "field", "headers": "header", "default_headers": "default_header",
    ]

    private let findings = Findings()
    private var seen: [String: String] = [:]

    /// The members by the names of directives; those that belong into `api_client` are put there.
    ///
    /// - Throws: unknown names, and names that are given twice.
    mutating func read(
        _ object: [JSONValue.Member]
    ) throws(ConfigErrors) -> [JSONValue.Member] {
        var own: [JSONValue.Member] = []
        var client: [JSONValue.Member] = []
        for member in object {
            guard let name = directive(of: member.name) else { continue }
            if name == "api_client", case .object(let inner) = member.value {
                for member in inner {
                    guard let name = directive(of: member.name, inClient: true) else { continue }
                    client.append(JSONValue.Member(name, member.value))
                }
            } else if Tables.connection[name] == nil {
                client.append(JSONValue.Member(name, member.value))
            } else {
                own.append(JSONValue.Member(name, member.value))
            }
        }
        guard !findings.hasErrors else { throw ConfigErrors(findings.sorted) }
        if !client.isEmpty { own.append(JSONValue.Member("api_client", .object(client))) }
        return own
    }

    /// The directive that a member stands for; `nil` after an error has been noted.
    private mutating func directive(of written: String, inClient: Bool = false) -> String? {
        let name = Self.others[written] ?? written
        let isKnown = Tables.apiClient[name] != nil || !inClient && Tables.connection[name] != nil
        guard isKnown else {
            var known = Tables.apiClient.rules.map(\.name)
            if !inClient { known += Tables.connection.rules.map(\.name) + Self.others.keys }
            let hint = NearestWord.hint(for: written, among: known)
            findings.error("unknown member '\(written)'\(hint)", at: .member(written))
            return nil
        }
        if let first = seen[name] {
            let message = "'\(written)' says the same as '\(first)'; write one of them"
            findings.error(message, at: .member(written))
            return nil
        }
        seen[name] = written
        return name
    }
}

extension SourcePosition {
    /// A place in an object instead of a file: the member of that name.
    static func member(_ name: String) -> SourcePosition {
        SourcePosition(file: name, line: 0, column: 0)
    }
}
