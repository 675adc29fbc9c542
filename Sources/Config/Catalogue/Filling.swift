/// Fills a connection in from the catalogue.
///
/// What is written wins, directive by directive: one that may stand once is added where it is not
/// written; one that may repeat is added for each name that is not written. Lists of fields to keep
/// are joined; calls after connecting and resources are taken only where none is written.
enum Filling {
    /// The statements of a connection, with what its `provider` adds at that directive's place.
    static func fill(_ statements: [Statement], _ findings: Findings) -> [Statement] {
        guard let written = statements.first(where: { $0.name == "provider" }),
            let argument = written.arguments.first, argument.isSound, !argument.text.isEmpty
        else { return statements }
        guard let provider = Provider(named: argument.text, findings: findings) else {
            let hint = Catalogue.hint(for: argument.text)
            let message = "there is no provider '\(argument.source.shortened)'\(hint)"
            findings.error("\(message); 'attache providers' lists them", at: argument.position)
            return statements
        }
        return merge(provider.statements, into: statements, at: written, Tables.connection)
    }

    private static func merge(
        _ added: [Statement],
        into written: [Statement],
        at place: Statement,
        _ rules: BlockRules
    ) -> [Statement] {
        var result = written
        for statement in added {
            let rule = rules[statement.name]
            let index = written.firstIndex { $0.name == statement.name }
            if let index, let inner = rule?.forms.first?.block {
                if let block = written[index].block {
                    result[index].block = merge(
                        statement.block ?? [],
                        into: block,
                        at: place,
                        inner
                    )
                }
                continue
            }
            guard !isWritten(statement, among: written, rule) else { continue }
            result.append(moved(statement, to: place))
        }
        return result
    }

    /// Whether what a statement says is said already.
    private static func isWritten(
        _ statement: Statement,
        among written: [Statement],
        _ rule: Rule?
    ) -> Bool {
        // A header that is injected and one that is a default are two ways to say the same.
        let headers: Set = ["header", "default_header"]
        let names = headers.contains(statement.name) ? headers : [statement.name]
        let same = written.filter { names.contains($0.name) }
        switch statement.name {
        case "keep", "callback_keep": return false
        case "lookup", "resource": return !same.isEmpty
        default: break
        }
        guard rule?.occurrence.mayRepeat == true else { return !same.isEmpty }
        let name = statement.arguments.first?.text.lowercased()
        return same.contains { $0.arguments.first?.text.lowercased() == name }
    }

    /// A statement as if it stood where `provider` does, so that what is wrong is said there.
    private static func moved(_ statement: Statement, to place: Statement) -> Statement {
        var result = statement
        result.position = place.position
        result.directory = place.directory
        result.isFilledIn = true
        for index in result.arguments.indices {
            result.arguments[index].position = place.position
            result.arguments[index].directory = place.directory
        }
        result.block = statement.block?.map { moved($0, to: place) }
        return result
    }
}
