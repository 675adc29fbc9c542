/// Checks the arguments of one directive against its form.
struct ArgumentChecker {
    let name: String
    let form: Form
    let rules: BlockRules
    let findings: Findings
    let takesEverything: Bool

    /// Reads arguments and options into a directive; false after an error.
    func check(
        _ arguments: ArraySlice<Argument>,
        of statement: Statement,
        into directive: inout CheckedDirective
    ) -> Bool {
        var isSound = arguments.allSatisfy(\.isSound)
        var places: [Argument] = []
        for argument in arguments {
            guard argument.isSound else {
                places.append(argument)
                continue
            }
            guard !form.options.isEmpty, let option = argument.option else {
                places.append(argument)
                continue
            }
            if !check(option.key, option.value, into: &directive) { isSound = false }
        }
        for option in form.options where option.isRequired && directive.values[option.name] == nil {
            guard isSound else { continue }
            findings.error("'\(name)' wants \(option.name)=…", at: statement.position)
            isSound = false
        }
        return checkPlaces(places[...], of: statement, into: &directive) && isSound
    }

    private func check(
        _ key: String,
        _ argument: Argument,
        into directive: inout CheckedDirective
    ) -> Bool {
        guard let option = form.options.first(where: { $0.name == key }) else {
            let hint = NearestWord.hint(for: key, among: form.options.map(\.name))
            findings.error(
                "unknown option '\(key.shortened)' of '\(name)'\(hint)",
                at: argument.position
            )
            return false
        }
        guard directive.values[key] == nil else {
            findings.error(
                "the option '\(key.shortened)' of '\(name)' is repeated",
                at: argument.position
            )
            return false
        }
        refuseLater(option.support, "the option '\(key)' of '\(name)'", argument.position)
        guard let value = read(argument, as: option.kind, what: "'\(key)' of '\(name)'") else {
            return false
        }
        directive.values[key] = [value]
        return true
    }

    private func checkPlaces(
        _ places: ArraySlice<Argument>,
        of statement: Statement,
        into directive: inout CheckedDirective
    ) -> Bool {
        var places = places
        var isSound = true
        for parameter in form.parameters {
            guard let argument = places.first else {
                if parameter.count == .optional { continue }
                missing(parameter, of: statement)
                return false
            }
            switch parameter.count {
            case .optional:
                if !ValueReader.fits(argument, parameter.kind) {
                    guard parameter.label == form.parameters.last?.label else { continue }
                    if argument.isSound { notAmongChoices(argument) }
                    return false
                }
                places = places.dropFirst()
                isSound = add(argument, parameter, to: &directive) && isSound
            case .one:
                places = places.dropFirst()
                isSound = add(argument, parameter, to: &directive) && isSound
            case .rest:
                while let argument = places.popFirst() {
                    if looksForgotten(argument, statement) { return false }
                    isSound = add(argument, parameter, to: &directive) && isSound
                }
            }
        }
        guard let surplus = places.first else { return isSound }
        // Where a quote is wrong, what stands behind it is no argument too many.
        if statement.arguments.allSatisfy(\.isSound), !looksForgotten(surplus, statement) {
            tooMany(surplus)
        }
        return false
    }

    private func add(
        _ argument: Argument,
        _ parameter: Parameter,
        to directive: inout CheckedDirective
    ) -> Bool {
        guard argument.isSound else { return false }
        guard let value = read(argument, as: parameter.kind, what: "'\(name)'") else {
            return false
        }
        directive.values[parameter.label, default: []].append(value)
        return true
    }

    private func read(_ argument: Argument, as kind: Kind, what: String) -> CheckedValue? {
        switch ValueReader.read(argument, as: kind) {
        case .success(let value):
            if case .choice(_, let later) = kind, later.contains(argument.text) {
                refuseLater(.later, "'\(name) \(argument.text)'", argument.position)
            }
            return CheckedValue(
                value: value,
                position: argument.position,
                isLiteral: argument.isLiteral,
                source: argument.source,
                directory: argument.directory
            )
        case .failure(let problem):
            findings.error("\(what): \(problem.message)", at: argument.position)
            return nil
        }
    }

    /// Notes a forgotten semicolon: a directive's name at the start of a line.
    private func looksForgotten(_ argument: Argument, _ statement: Statement) -> Bool {
        guard argument.position.line > statement.position.line, rules[argument.text] != nil,
            argument.isSound, !argument.isQuoted
        else { return false }
        let message = "unexpected '\(argument.text)'; is a ';' missing before it?"
        findings.error(message, at: argument.position)
        return true
    }

    /// Says all that an optional argument could have been.
    private func notAmongChoices(_ argument: Argument) {
        let words = form.parameters.flatMap { parameter -> [String] in
            guard parameter.count == .optional, case .choice(let words, _) = parameter.kind else {
                return []
            }
            return words
        }
        _ = read(argument, as: .choice(words), what: "'\(name)'")
    }

    private func missing(_ parameter: Parameter, of statement: Statement) {
        findings.error("'\(name)' wants \(parameter.label)", at: statement.position)
    }

    private func tooMany(_ argument: Argument) {
        guard argument.isSound else { return }
        let wants = form.parameters.map(\.label).joined(separator: " ")
        let only = wants.isEmpty ? "takes no argument of that kind" : "takes \(wants) only"
        if let option = argument.option, form.options.isEmpty {
            findings.error(
                "'\(name)' has no option '\(option.key.shortened)'",
                at: argument.position
            )
        } else if !form.options.isEmpty {
            let names = form.options.map { "\($0.name)=" }.joined(separator: ", ")
            findings.error("'\(name)' \(only); options: \(names)", at: argument.position)
        } else {
            findings.error("one argument too many: '\(name)' \(only)", at: argument.position)
        }
    }

    private func refuseLater(_ support: Support, _ what: String, _ position: SourcePosition) {
        Checker(findings: findings, takesEverything: takesEverything)
            .refuseLater([support], what, at: position)
    }
}
