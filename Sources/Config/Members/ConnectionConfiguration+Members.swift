internal import JSON

extension ConnectionConfiguration {
    /// Builds a connection of members by the rules that hold for a file.
    ///
    /// - Parameters:
    ///   - name: the connection's name.
    ///   - members: its directives.
    ///   - policy: the rules of refreshing that hold where the members say nothing.
    /// - Returns: the connection, and what is legal and probably not meant.
    /// - Throws: all that is wrong; each place is the member's name.
    package static func build(
        _ name: String,
        of members: ConnectionMembers,
        over policy: TokenPolicy
    ) throws(ConfigErrors) -> (connection: ConnectionConfiguration, warnings: [Diagnostic]) {
        let findings = Findings()
        var statement = Statement(name: "connection", position: .member("name"))
        var argument = Argument(position: .member("name"))
        argument.text = name
        argument.source = name
        statement.arguments = [argument]
        statement.block = MemberReader(findings: findings).statements(
            of: members.members,
            in: Tables.connection
        )
        let rules = BlockRules(
            "the request",
            [Rule("connection", .any, [.one("NAME", .name)], block: Tables.connection)]
        )
        let top = Checker(findings: findings, takesEverything: false)
            .check([statement], against: rules, at: .member("name"), title: "the request")
        let builder = Builder(
            top: top,
            path: "",
            directory: "",
            findings: findings,
            // Whoever calls the API reads no files here.
            source: .memory([:]),
            takesEverything: false
        )
        guard let directive = top["connection"], let block = directive.block,
            let connection = builder.connection(directive, policy)
        else { throw ConfigErrors(findings.sorted) }
        builder.lint(connection, block)
        guard !findings.hasErrors else { throw ConfigErrors(findings.sorted) }
        return (connection, findings.sorted)
    }
}

extension Diagnostic {
    /// What is wrong with a member, named.
    package var memberMessage: String {
        let name = "'\(position.file)"
        return message.contains(name) || position.file == "name"
            ? message : "\(name)': \(message)"
    }
}
