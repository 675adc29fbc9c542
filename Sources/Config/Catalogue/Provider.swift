/// A provider of the catalogue: directives for connections, and what is known besides.
struct Provider {
    /// A setting without which the provider gives no refresh token.
    enum RefreshNeed: Equatable {
        case scope(String)
        case extra(NamedText)
        case tokenParameter(String)
    }

    /// What is known of the access tokens' life.
    enum Lifetime: Equatable {
        case unknown
        case seconds(Duration)
        /// Replies do not say it.
        case untold
    }

    let name: String
    /// What people call it.
    let title: String
    let notes: [String]
    /// Parameters that its URLs ask for, and what they are.
    let parameters: [NamedText]
    private(set) var refreshNeeds: [RefreshNeed]
    /// Why PKCE is off.
    private(set) var pkceProblem: String?
    private(set) var lifetime: Lifetime
    /// The directives that go into a connection.
    let statements: [Statement]
    /// The same, checked.
    let block: CheckedBlock

    /// Reads a provider's block; `nil` if the catalogue has none of that name.
    ///
    /// What is wrong with the block goes to the findings.
    init?(named name: String, findings: Findings = Findings()) {
        guard let text = Catalogue.text(of: name) else { return nil }
        let source = ConfigSource.memory([:], workingDirectory: "/")
        let lexer = Lexer(
            Array(text),
            file: "providers.conf",
            directory: "/",
            references: References(source: source, findings: findings),
            findings: findings
        )
        var parser = Parser(lexer, directory: "/", findings: findings)
        guard let written = parser.parse().first, let inner = written.block else { return nil }
        self.name = name
        let block = Checker(findings: findings, takesEverything: true)
            .check(inner, against: Tables.provider, at: written.position, title: "provider \(name)")
        self.block = block
        statements = inner.filter { Tables.connection[$0.name] != nil }
        title = block.text("title") ?? name
        notes = block.values("note").compactMap(\.text)
        parameters = block.all("needs").compactMap { directive in
            guard let name = directive.text("NAME"), let text = directive.text("TEXT") else {
                return nil
            }
            return NamedText(name, text)
        }
        refreshNeeds = block.all("refresh_needs").compactMap(Provider.refreshNeed)
        pkceProblem = block.text("no_pkce")
        lifetime = block["lifetime"].map(Provider.lifetime) ?? .unknown
    }

    private static func refreshNeed(_ directive: CheckedDirective) -> RefreshNeed? {
        guard let name = directive.text("NAME") else { return nil }
        switch directive.form {
        case "scope": return .scope(name)
        case "extra": return directive.text("VALUE").map { .extra(NamedText(name, $0)) }
        case "token_param": return .tokenParameter(name)
        default: return nil
        }
    }

    private static func lifetime(_ directive: CheckedDirective) -> Lifetime {
        if let time = directive["LIFE"]?.duration { return .seconds(time) }
        return directive["none"] == nil ? .unknown : .untold
    }

    /// The template of an endpoint or of the base URI.
    func template(_ name: String) -> Template? {
        let place = block.value(name) ?? block["api_client"]?.block?.value(name)
        return place?.template
    }

    /// Where its endpoints may be: the hosts that stand there, or all under a common end.
    var hosts: [HostPattern] {
        let found = ["authorize_uri", "token_uri"].compactMap(template).compactMap(Provider.host)
        return Set(found).sorted { $0.description < $1.description }
    }

    private static func host(of template: Template) -> HostPattern? {
        if let host = template.literalHost { return HostPattern(host) }
        let text = template.comparableText { _ in nil }
        guard let start = text.firstRange(of: "://{{"), let end = text.firstRange(of: "}}."),
            start.upperBound < end.lowerBound
        else { return nil }
        let host = text[end.upperBound...].prefix { $0 != "/" }
        // One label is the whole of a top-level domain, and no provider's.
        return host.contains(".") ? HostPattern("*.\(host)") : nil
    }

    /// The same, with only what is true of all of these.
    func knowing(only providers: [Provider]) -> Provider {
        var result = self
        result.refreshNeeds = refreshNeeds.filter { need in
            providers.allSatisfy { $0.refreshNeeds.contains(need) }
        }
        if !providers.allSatisfy({ $0.pkceProblem != nil }) { result.pkceProblem = nil }
        if !providers.allSatisfy({ $0.lifetime == lifetime }) { result.lifetime = .unknown }
        return result
    }
}

extension Tables {
    /// What a block of the catalogue may hold: a connection's directives, and what is known besides.
    static let provider = BlockRules(
        "a provider",
        connection.rules.filter { $0.name != "provider" && $0.name != "connector" } + [
            Rule("title", .required, [.one("TEXT", .text)]),
            Rule("note", .any, [.one("TEXT", .text)]),
            Rule("needs", .any, [.one("NAME", .fieldName), .one("TEXT", .text)]),
            Rule(
                "refresh_needs",
                .any,
                forms: [
                    Form("scope", [.one("NAME", .text)]),
                    Form("extra", [.one("NAME", .text), .one("VALUE", .text)]),
                    Form("token_param", [.one("NAME", .text)]),
                ]
            ),
            Rule("no_pkce", .optional, [.one("TEXT", .text)]),
            Rule(
                "lifetime",
                .optional,
                [
                    .optional("none", .choice(["none"])),
                    .optional("LIFE", .duration(.seconds(1) ... .seconds(86_400 * 366))),
                ]
            ),
        ]
    )
}
