internal import JSON

/// Writes members as the statements that a file would have.
///
/// Nothing that only a file may say gets through: no path of the server, no reference.
struct MemberReader {
    let findings: Findings

    /// The statements of a block's members.
    func statements(of members: [JSONValue.Member], in rules: BlockRules) -> [Statement] {
        members.flatMap { member -> [Statement] in
            guard let rule = rules[member.name] else {
                findings.error("unknown member '\(member.name)'", at: .member(member.name))
                return []
            }
            return statements(of: member.value, rule)
        }
    }

    private func statements(of value: JSONValue, _ rule: Rule) -> [Statement] {
        if value == .null { return [] }
        if let block = rule.forms.first?.block {
            guard case .object(let members) = value else {
                return fail(rule, "wants an object")
            }
            var statement = Statement(name: rule.name, position: .member(rule.name))
            statement.block = statements(of: members, in: block)
            return [statement]
        }
        if rule.hasNamesAndValues { return pairs(of: value, rule) }
        guard rule.occurrence.mayRepeat, case .array(let items) = value,
            rule.forms.first?.parameters.first?.count != .rest
        else { return statement(of: value, rule) }
        return items.flatMap { statement(of: $0, rule) }
    }

    /// `{"name": "value"}`, a line for each; several values of one name in an array.
    private func pairs(of value: JSONValue, _ rule: Rule) -> [Statement] {
        guard case .object(let members) = value, let form = rule.forms.first else {
            return fail(rule, "wants an object of names and values")
        }
        return members.flatMap { member -> [Statement] in
            var values = [member.value]
            if case .array(let items) = member.value { values = items }
            return values.flatMap { value -> [Statement] in
                if value == .null { return [] }
                guard let text = text(of: value) else {
                    return fail(rule, "wants a text for '\(member.name)'")
                }
                let words = [member.name, text]
                return statement(rule, zip(words, form.parameters).map { ($0, $1.kind, "") })
            }
        }
    }

    /// One line: of a text, of a list of words, or of an object of parameters and options.
    private func statement(of value: JSONValue, _ rule: Rule) -> [Statement] {
        switch value {
        case .null: return []
        case .string, .number, .bool:
            guard let text = text(of: value) else { return fail(rule, "wants a text") }
            let isWhole =
                rule.forms.count == 1 && rule.forms[0].options.isEmpty
                && rule.forms[0].parameters.count == 1
                && rule.forms[0].parameters[0].count == .one
            return statement(rule, words: isWhole ? [text] : Self.words(text))
        case .array(let items):
            let words = items.compactMap { text(of: $0) }
            guard words.count == items.count else { return fail(rule, "wants an array of texts") }
            return statement(rule, words: words)
        case .object(let members): return statement(rule, members)
        }
    }

    /// The words of a line, each of them a parameter by its place or an option.
    private func statement(_ rule: Rule, words: [String]) -> [Statement] {
        var words = words[...]
        var arguments: [(text: String, kind: Kind?, option: String)] = []
        var form = rule.forms.first
        if form?.word != nil, let word = words.popFirst() {
            form = rule.forms.first { $0.word == word }
            arguments.append((word, nil, ""))
        }
        var places = (form?.parameters ?? [])[...]
        for word in words {
            let key = String(word.prefix { $0 != "=" })
            if let option = form?.options.first(where: { $0.name == key }), word.contains("=") {
                arguments.append((String(word.dropFirst(key.count + 1)), option.kind, key))
                continue
            }
            arguments.append((word, places.first?.kind, ""))
            if places.first?.count != .rest { places = places.dropFirst() }
        }
        return statement(rule, arguments)
    }

    /// `{"method": …, "alg": …}`: the form or parameters by their labels, options by their names.
    private func statement(_ rule: Rule, _ members: [JSONValue.Member]) -> [Statement] {
        var members = members.filter { $0.value != .null }
        var arguments: [(text: String, kind: Kind?, option: String)] = []
        var form = rule.forms.first
        if form?.word != nil {
            let words = rule.forms.compactMap(\.word).joined(separator: ", ")
            guard let word = take("method", from: &members).flatMap({ text(of: $0) }) else {
                return fail(rule, "wants 'method': one of \(words)")
            }
            form = rule.forms.first { $0.word == word }
            arguments.append((word, nil, ""))
        }
        guard let form else { return statement(rule, arguments) }
        for parameter in form.parameters {
            guard let value = take(parameter.memberName, from: &members) else { continue }
            guard let texts = texts(of: value) else {
                return fail(rule, "wants a text for '\(parameter.memberName)'")
            }
            arguments += texts.map { ($0, parameter.kind, "") }
        }
        for member in members {
            guard let option = form.options.first(where: { $0.name == member.name }) else {
                let known = form.options.map(\.name) + form.parameters.map(\.memberName)
                let hint = NearestWord.hint(for: member.name, among: known)
                return fail(rule, "has no member '\(member.name)'\(hint)")
            }
            guard let text = text(of: member.value) else {
                return fail(rule, "wants a text for '\(member.name)'")
            }
            arguments.append((text, option.kind, option.name))
        }
        return statement(rule, arguments)
    }

    private func take(_ name: String, from members: inout [JSONValue.Member]) -> JSONValue? {
        guard let place = members.firstIndex(where: { $0.name == name }) else { return nil }
        return members.remove(at: place).value
    }

    private func statement(
        _ rule: Rule,
        _ arguments: [(text: String, kind: Kind?, option: String)]
    ) -> [Statement] {
        var statement = Statement(name: rule.name, position: .member(rule.name))
        for (text, kind, option) in arguments {
            if let problem = problem(text, kind) { return fail(rule, problem) }
            statement.arguments.append(argument(text, kind, option, rule))
        }
        return [statement]
    }

    /// Notes an error; the statement that is left counts as written, and as wrong.
    private func fail(_ rule: Rule, _ message: String) -> [Statement] {
        findings.error("'\(rule.name)' \(message)", at: .member(rule.name))
        var statement = Statement(name: rule.name, position: .member(rule.name))
        var argument = Argument(position: .member(rule.name))
        argument.isSound = false
        statement.arguments = [argument]
        if rule.forms.first?.block != nil { statement.block = [] }
        return [statement]
    }
}

extension MemberReader {
    /// Why an API caller may not say this: a file of the server, a reference; `nil` if he may.
    private func problem(_ text: String, _ kind: Kind?) -> String? {
        if case .path? = kind {
            return "names a file of the server, which only the configuration file may do"
        }
        if case .pem? = kind, !text.contains("-----BEGIN ") {
            return "wants PEM text; only the configuration file may name files"
        }
        if ["${env:", "${file:", "${cred:"].contains(where: text.contains) {
            return "holds a reference, which only the configuration file may do"
        }
        return text.utf8.contains(0) ? "holds a NUL" : nil
    }

    /// An argument that may be a secret: as if it came out of a reference, it is shown nowhere.
    private func argument(
        _ text: String,
        _ kind: Kind?,
        _ option: String,
        _ rule: Rule
    ) -> Argument {
        let start = option.isEmpty ? "" : "\(option)="
        let isSecret = kind?.isSecret ?? false
        var argument = Argument(position: .member(rule.name))
        argument.text = start + text
        argument.source = start + (isSecret ? "…" : text)
        // Behind the mark of an option, which must be written plainly.
        if isSecret, !text.isEmpty {
            argument.opaque = [start.utf8.count..<argument.text.utf8.count]
        }
        return argument
    }

    /// The words of a text, as spaces part them in a file.
    private static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
    }

    /// The argument that a text, number or flag is; `nil` for anything else.
    private func text(of value: JSONValue) -> String? {
        if case .bool(let flag) = value { return flag ? "on" : "off" }
        return value.scalarText
    }

    /// One text, several, or names and values as `NAME=VALUE`.
    private func texts(of value: JSONValue) -> [String]? {
        switch value {
        case .array(let items):
            let texts = items.compactMap { text(of: $0) }
            return texts.count == items.count ? texts : nil
        case .object(let members):
            let texts = members.compactMap { pair in
                text(of: pair.value).map { "\(pair.name)=\($0)" }
            }
            return texts.count == members.count ? texts : nil
        case .string, .number, .bool: return text(of: value).map { [$0] }
        case .null: return []
        }
    }
}

extension Parameter {
    /// What the parameter is called in an object.
    fileprivate var memberName: String {
        if case .assignment = kind { return "fields" }
        return label.lowercased()
    }
}
