/// Checks statements against tables: the one engine for every block.
struct Checker {
    let findings: Findings
    /// Also takes what does not work yet, as the tests of later features need.
    let takesEverything: Bool

    /// Checks the statements of a block.
    ///
    /// - Parameters:
    ///   - statements: what stands in the block.
    ///   - rules: its table.
    ///   - position: where to say that something is missing.
    ///   - title: what messages call this very block.
    /// - Returns: what is right in it.
    func check(
        _ statements: [Statement],
        against rules: BlockRules,
        at position: SourcePosition,
        title: String
    ) -> CheckedBlock {
        var block = CheckedBlock(position: position)
        var firsts: [String: SourcePosition] = [:]
        for statement in statements {
            guard let rule = rules[statement.name] else {
                if let meant = unknown(statement, in: rules) {
                    block.note(faulty: statement, as: meant)
                }
                continue
            }
            if !rule.occurrence.mayRepeat, let first = firsts[rule.name] {
                let message = "'\(rule.name)' is repeated; it stands already at \(first)"
                findings.error(message, at: statement.position)
            }
            firsts[rule.name] = firsts[rule.name] ?? statement.position
            block.written.insert(rule.name)
            if let directive = check(statement, against: rule, in: rules) {
                block.directives[rule.name, default: []].append(directive)
            } else {
                block.note(faulty: statement, as: rule.name)
            }
        }
        for rule in rules.rules where rule.occurrence.isRequired && !block.has(rule.name) {
            findings.error("\(title) has no '\(rule.name)'", at: position)
        }
        return block
    }

    private func check(
        _ statement: Statement,
        against rule: Rule,
        in rules: BlockRules
    ) -> CheckedDirective? {
        var arguments = statement.arguments[...]
        guard let form = form(of: statement, rule, &arguments) else { return nil }
        var directive = CheckedDirective(
            name: rule.name,
            position: statement.position,
            form: form.word,
            directory: statement.directory,
            isFilledIn: statement.isFilledIn
        )
        let name = [rule.name, form.word].compactMap(\.self).joined(separator: " ")
        refuseLater([rule.support, form.support], "'\(name)'", at: statement.position)
        let isSound = ArgumentChecker(
            name: name,
            form: form,
            rules: rules,
            findings: findings,
            takesEverything: takesEverything
        ).check(arguments, of: statement, into: &directive)
        let hasBlock = checkBlock(of: statement, form, &directive)
        return isSound && hasBlock ? directive : nil
    }

    /// Finds out which form of a directive it is, and takes the word that says so.
    private func form(
        of statement: Statement,
        _ rule: Rule,
        _ arguments: inout ArraySlice<Argument>
    ) -> Form? {
        if let only = rule.forms.first, only.word == nil { return only }
        let words = rule.forms.compactMap(\.word)
        guard let first = arguments.popFirst() else {
            let message = "'\(rule.name)' wants one of: \(words.joined(separator: ", "))"
            findings.error(message, at: statement.position)
            return nil
        }
        guard first.isSound else { return nil }
        if let form = rule.forms.first(where: { $0.word == first.text }) { return form }
        let hint = NearestWord.hint(for: first.text, among: words)
        let message = "'\(rule.name)' is one of \(words.joined(separator: ", "))"
        findings.error("\(message), not '\(first.source.shortened)'\(hint)", at: first.position)
        return nil
    }

    /// Checks that there is a block where one belongs, and checks what is in it.
    private func checkBlock(
        of statement: Statement,
        _ form: Form,
        _ directive: inout CheckedDirective
    ) -> Bool {
        guard let rules = form.block else {
            guard statement.block != nil else { return true }
            findings.error("'\(statement.name)' has no block", at: statement.position)
            return false
        }
        guard let statements = statement.block else {
            findings.error("'\(statement.name)' wants a block: { … }", at: statement.position)
            return false
        }
        let name = statement.arguments.last { $0.option == nil }
        let title =
            name.map { "\(statement.name) '\($0.source.shortened)'" } ?? "'\(statement.name)'"
        let filled = rules.fill(statements, findings)
        directive.block = check(filled, against: rules, at: statement.position, title: title)
        return true
    }

    /// Says that there is no such directive here; answers the one that was probably meant.
    private func unknown(_ statement: Statement, in rules: BlockRules) -> String? {
        let name = statement.name
        let homes = Tables.all.filter { $0[name] != nil && $0.title != rules.title }
        if let hint = NearestWord.find(name, among: rules.rules.map(\.name)), homes.isEmpty {
            let message = "unknown directive '\(name.shortened)'; did you mean '\(hint)'?"
            findings.error(message, at: statement.position)
            return hint
        }
        if !homes.isEmpty {
            let titles = homes.map(\.title).joined(separator: " or ")
            let message = "'\(name)' does not belong in \(rules.title); it belongs in \(titles)"
            findings.error(message, at: statement.position)
        } else {
            let message = "unknown directive '\(name.shortened)' in \(rules.title)"
            findings.error(message, at: statement.position)
        }
        return nil
    }

    /// Refuses what is right and does not work yet.
    func refuseLater(_ support: [Support], _ what: String, at position: SourcePosition) {
        guard !takesEverything, support.contains(.later) else { return }
        findings.error("\(what) is not yet supported", at: position)
    }
}
