package import JSON

/// A value of a mapping file: literals, and what is put in their places when it is evaluated.
package struct Mapping: Sendable {
    /// What a value is made of.
    package indirect enum Kind: Sendable {
        case literal(JSONValue)
        /// `$var`: what stands at a path.
        case variable(Variable)
        /// `$concat`: texts, and what stands between them.
        case concat([Mapping], delimiter: String)
        case list([Mapping])
        case map([Member])
    }

    /// A name of a map and its value.
    package struct Member: Sendable {
        package let name: String
        package let place: YAMLPlace
        package let value: Mapping
    }

    /// A path into the arguments: the argument's name, and names between dots.
    package struct Variable: Sendable, Equatable {
        package let root: HookArgument
        /// What stands behind the first dot; `nil` for the whole argument.
        package let path: String?

        /// As it is written.
        package var text: String { path.map { "\(root.rawValue).\($0)" } ?? root.rawValue }
    }

    package let place: YAMLPlace
    package let kind: Kind

    /// Reads a value.
    ///
    /// - Parameters:
    ///   - node: What was written.
    ///   - arguments: What its variables may refer to.
    /// - Throws: at unknown operators and variables.
    package init(_ node: YAMLNode, over arguments: [HookArgument]) throws(YAMLError) {
        place = node.place
        switch node.content {
        case .scalar(let value): kind = .literal(value)
        case .sequence(let items):
            var list: [Mapping] = []
            for item in items { list.append(try Mapping(item, over: arguments)) }
            kind = .list(list)
        case .mapping(let entries):
            if let sign = entries.first(where: { $0.key.hasPrefix("$") }) {
                guard entries.count == 1 else {
                    throw YAMLError("'\(sign.key)' must stand alone", at: sign.place)
                }
                kind = try Mapping.operation(sign, over: arguments)
                return
            }
            var members: [Member] = []
            for entry in entries {
                let value = try Mapping(entry.value, over: arguments)
                members.append(Member(name: entry.key, place: entry.place, value: value))
            }
            kind = .map(members)
        }
    }

    private static func operation(
        _ entry: YAMLNode.Entry,
        over arguments: [HookArgument]
    ) throws(YAMLError) -> Kind {
        switch entry.key {
        case "$var":
            guard let text = entry.value.string else {
                throw YAMLError("'$var' wants a name", at: entry.value.place)
            }
            return .variable(try variable(text, over: arguments, at: entry.value.place))
        case "$concat": return try concat(entry.value, over: arguments)
        default:
            let message = "'\(entry.key)' is unknown; '$var' and '$concat' are supported"
            throw YAMLError(message, at: entry.place)
        }
    }

    private static func variable(
        _ text: String,
        over arguments: [HookArgument],
        at place: YAMLPlace
    ) throws(YAMLError) -> Variable {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, let root = HookArgument(rawValue: String(name)),
            arguments.contains(root)
        else {
            let known = arguments.map(\.rawValue).joined(separator: ", ")
            throw YAMLError("there is no '\(text)' here; there are \(known)", at: place)
        }
        let path = parts.count > 1 ? String(parts[1]) : nil
        guard
            path?.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty }) ?? true
        else { throw YAMLError("'\(text)' is no path", at: place) }
        return Variable(root: root, path: path)
    }

    private static func concat(
        _ node: YAMLNode,
        over arguments: [HookArgument]
    ) throws(YAMLError) -> Kind {
        guard case .mapping(let entries) = node.content else {
            throw YAMLError("'$concat' wants 'values' and maybe 'delimiter'", at: node.place)
        }
        var values: [Mapping]?
        var delimiter = ""
        for entry in entries {
            switch entry.key {
            case "values":
                guard case .sequence(let items) = entry.value.content else {
                    throw YAMLError("'values' wants a list", at: entry.value.place)
                }
                var list: [Mapping] = []
                for item in items { list.append(try Mapping(item, over: arguments)) }
                values = list
            case "delimiter":
                guard let text = entry.value.string else {
                    throw YAMLError("'delimiter' wants a text", at: entry.value.place)
                }
                delimiter = text
            default:
                let message = "'$concat' has no '\(entry.key)'; it has 'values' and 'delimiter'"
                throw YAMLError(message, at: entry.place)
            }
        }
        guard let values else { throw YAMLError("'$concat' has no 'values'", at: node.place) }
        return .concat(values, delimiter: delimiter)
    }
}

/// What a function of a connector is given, by name.
package enum HookArgument: String, Sendable, CaseIterable {
    case connectorParameters, connectionParameters, credentials, queryParameters, tokenResponse
    case redirectUri, state, codeVerifier
}

extension Mapping {
    /// The value for some arguments; `nil` (undefined) where a variable has none.
    ///
    /// An undefined member of a map or a list is left out. Null counts as undefined where a
    /// variable stands for it, and stays where it is written.
    /// - Throws: where a part of a `$concat` has no value or is no text.
    package func evaluate(_ arguments: JSONValue) throws(YAMLError) -> JSONValue? {
        switch kind {
        case .literal(let value): return value
        case .variable(let variable):
            guard let root = arguments[variable.root.rawValue] else { return nil }
            let value = variable.path.map { root.value(at: $0) } ?? root
            return value == .null ? nil : value
        case .concat(let parts, let delimiter):
            var texts: [String] = []
            for part in parts {
                guard let text = try part.evaluate(arguments)?.scalarText else {
                    throw part.missing
                }
                texts.append(text)
            }
            return .string(texts.joined(separator: delimiter))
        case .list(let items):
            var values: [JSONValue] = []
            for item in items {
                if let value = try item.evaluate(arguments) { values.append(value) }
            }
            return .array(values)
        case .map(let members):
            var values: [JSONValue.Member] = []
            for member in members {
                guard let value = try member.value.evaluate(arguments) else { continue }
                values.append(JSONValue.Member(member.name, value))
            }
            return .object(values)
        }
    }

    /// What to say where there must be a text and is none.
    package var missing: YAMLError {
        if case .variable(let variable) = kind {
            return YAMLError("'\(variable.text)' has no value, or one that is no text", at: place)
        }
        return YAMLError("a text is missing here", at: place)
    }

    /// Whether its value depends on one of some arguments.
    package func refers(to arguments: Set<HookArgument>) -> Bool {
        switch kind {
        case .literal: false
        case .variable(let variable): arguments.contains(variable.root)
        case .concat(let parts, _): parts.contains { $0.refers(to: arguments) }
        case .list(let items): items.contains { $0.refers(to: arguments) }
        case .map(let members): members.contains { $0.value.refers(to: arguments) }
        }
    }

    /// The members of a map; `nil` for another value.
    package var members: [Member]? {
        if case .map(let members) = kind { members } else { nil }
    }
}
