internal import JSON

extension ConnectionMembers {
    /// The members that may lie open, and those that hold secrets; merged they are these again.
    package var parted: (open: ConnectionMembers, secret: ConnectionMembers) {
        var open: [JSONValue.Member] = []
        var secret: [JSONValue.Member] = []
        for member in members {
            let parts = Self.parted(member, Tables.connection)
            if let part = parts.open { open.append(JSONValue.Member(member.name, part)) }
            if let part = parts.secret { secret.append(JSONValue.Member(member.name, part)) }
        }
        return (ConnectionMembers(open), ConnectionMembers(secret))
    }

    private static func parted(
        _ member: JSONValue.Member,
        _ rules: BlockRules
    ) -> (open: JSONValue?, secret: JSONValue?) {
        guard let rule = rules[member.name] else { return (nil, member.value) }
        if let block = rule.forms.first?.block {
            return parted(member.value) { parted($0, block) }
        }
        if rule.forms.contains(where: { $0.parameters.contains { $0.kind.isSecret } }) {
            return (nil, member.value)
        }
        let options = rule.forms.flatMap(\.options).filter { $0.kind.isSecret }.map(\.name)
        if !options.isEmpty {
            guard case .object = member.value else {
                if case .string(let text) = member.value, !text.contains("=") {
                    return (member.value, nil)
                }
                return (nil, member.value)
            }
            return parted(member.value) { part($0, asSecret: options.contains($0.name)) }
        }
        guard rule.hasFreeValues else { return (member.value, nil) }
        return parted(member.value) { part($0, asSecret: !isPlain($0)) }
    }

    private static func isPlain(_ pair: JSONValue.Member) -> Bool {
        guard case .array(let items) = pair.value else {
            return pair.value == .null
                || pair.value.scalarText.map { PlainValue.isPlain(pair.name, $0) } ?? false
        }
        return items.allSatisfy { isPlain(JSONValue.Member(pair.name, $0)) }
    }

    private static func part(
        _ member: JSONValue.Member,
        asSecret isSecret: Bool
    ) -> (open: JSONValue?, secret: JSONValue?) {
        if isSecret { return (nil, member.value) }
        return (member.value, nil)
    }

    /// Parts an object member by member; anything else than an object counts as secret.
    private static func parted(
        _ value: JSONValue,
        _ part: (JSONValue.Member) -> (open: JSONValue?, secret: JSONValue?)
    ) -> (open: JSONValue?, secret: JSONValue?) {
        guard case .object(let members) = value else { return (nil, value) }
        var open: [JSONValue.Member] = []
        var secret: [JSONValue.Member] = []
        for member in members {
            let parts = part(member)
            if let value = parts.open { open.append(JSONValue.Member(member.name, value)) }
            if let value = parts.secret { secret.append(JSONValue.Member(member.name, value)) }
        }
        return (
            open.isEmpty && !secret.isEmpty ? nil : .object(open),
            secret.isEmpty ? nil : .object(secret)
        )
    }
}

extension Kind {
    /// Whether the value must not be shown.
    var isSecret: Bool {
        if case .secret = self { return true }
        if case .pem = self { return true }
        return false
    }
}

extension Rule {
    /// Whether its values may be anything under names that people choose.
    fileprivate var hasFreeValues: Bool {
        // These have names on both sides.
        hasNamesAndValues && !["rename", "callback_param", "token_field"].contains(name)
    }

    /// Whether each line of it is a name and a value.
    var hasNamesAndValues: Bool {
        guard occurrence.mayRepeat, forms.count == 1, let form = forms.first else { return false }
        return form.parameters.count == 2 && form.options.isEmpty
            && form.parameters.allSatisfy { $0.count == .one }
    }
}
