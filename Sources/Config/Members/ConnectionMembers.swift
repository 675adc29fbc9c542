package import JSON

/// A connection as a JSON object: its directives by name, as the admin API takes them and as they
/// are kept for a connection that was made there.
///
/// The names are those of the file, but for a few that people know them by besides (`token_url`);
/// what belongs into `api_client` may stand beside it. A value is a text, number or flag where the
/// file has one argument, an array where it has several, and an object of names and values where a
/// directive has a name or options.
package struct ConnectionMembers: Sendable, Equatable {
    /// The members by the names of directives, those of `api_client` in an object of their own.
    package let members: [JSONValue.Member]

    /// Takes members that already have the names of directives.
    init(_ members: [JSONValue.Member]) {
        self.members = members
    }

    /// Reads an object that somebody wrote.
    ///
    /// - Throws: unknown names, and names that are given twice.
    package init(written object: [JSONValue.Member]) throws(ConfigErrors) {
        var reader = MemberNames()
        members = try reader.read(object)
    }

    /// Takes an object that `object` gave; `nil` for anything else.
    package init?(kept value: JSONValue) {
        guard case .object(let members) = value else { return nil }
        self.init(members)
    }

    /// No members at all.
    package static let empty = ConnectionMembers([])

    /// Whether there are no members.
    package var isEmpty: Bool { members.isEmpty }

    /// The members as one JSON object.
    package var object: JSONValue { .object(members) }

    /// The value of a directive; `nil` where it is not written.
    package subscript(name: String) -> JSONValue? {
        members.first { $0.name == name }?.value
    }

    /// The same without some directives.
    package func without(_ names: Set<String>) -> ConnectionMembers {
        ConnectionMembers(members.filter { !names.contains($0.name) })
    }

    /// These members changed by others: objects are changed member by member, everything else is
    /// replaced, and null removes (RFC 7396).
    package func merged(with patch: ConnectionMembers) -> ConnectionMembers {
        guard case .object(let merged) = object.merged(with: patch.object) else { return self }
        return ConnectionMembers(merged)
    }
}

extension JSONValue {
    /// This value changed by another one (RFC 7396).
    fileprivate func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [Member] = []
        if case .object(let own) = self { members = own }
        for change in changes {
            let place = members.firstIndex { $0.name == change.name }
            let old = place.map { members[$0].value }
            if change.value == .null {
                if let place { members.remove(at: place) }
                continue
            }
            let new = Member(change.name, (old ?? .null).merged(with: change.value))
            if let place { members[place] = new } else { members.append(new) }
        }
        return .object(members)
    }
}
