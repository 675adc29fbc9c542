import Crypto

extension Builder {
    /// The fields that a connection's templates can use.
    func knownFields(of connection: ConnectionConfiguration) -> Set<String> {
        var known: Set<String> = ["connection", "tenant"]
        if connection.grant != .none { known.formUnion(["access_token", "token_type"]) }
        if connection.clientID != nil { known.insert("client_id") }
        if connection.clientSecret != nil { known.insert("client_secret") }
        known.formUnion(connection.parameters.map(\.name))
        known.formUnion(connection.fields.map(\.name))
        known.formUnion(connection.tokenCalls.keep)
        known.formUnion(connection.tokenCalls.fieldPaths.map(\.name))
        known.formUnion(connection.callbackKeep)
        known.formUnion(connection.lookups.flatMap(\.fields).map(\.name))
        return known
    }

    /// The fields that directives give which are written wrongly.
    private func faultyFields(of connection: ConnectionConfiguration) -> Set<String> {
        let directive = top.all("connection").first { $0.text("NAME") == connection.name }
        guard let block = directive?.block else { return [] }
        let givers = ["parameter", "field", "keep", "token_field", "callback_keep", "lookup"]
        let names = givers.flatMap { block.faulty[$0] ?? [] }.map {
            String($0.prefix { $0 != "=" })
        }
        return Set(names + ["client_id", "client_secret"].filter(block.has))
    }

    /// What the file says of a field; `nil` if only the credentials can say it.
    private func knownValue(of field: String, _ connection: ConnectionConfiguration) -> String? {
        switch field {
        case "connection": connection.name
        case "client_id": connection.clientID
        case "client_secret": connection.clientSecret?.reveal()
        default:
            connection.parameter(field)
                ?? connection.fields.last { $0.name == field }?.value.reveal()
        }
    }

    /// Checks that the values which are known of fields can stand where they go.
    private func checkValues(
        of template: Template,
        for directive: String,
        _ connection: ConnectionConfiguration,
        at position: SourcePosition
    ) {
        do throws(TemplateError) {
            switch directive {
            case "header", "default_header":
                _ = try template.render(context: .header) { knownValue(of: $0, connection) ?? "x" }
            case "query":
                _ = try template.render(context: .query) { knownValue(of: $0, connection) ?? "x" }
            default:
                _ = try template.renderSample { knownValue(of: $0, connection) }
            }
        } catch {
            findings.error("'\(directive)': \(error)", at: position)
        }
    }

    /// Checks all the templates of a connection.
    func checkTemplates(_ connection: ConnectionConfiguration, _ block: CheckedBlock) {
        guard !isFilledIn(block), block["grant"] != nil else { return }
        let client = block["api_client"]?.block
        let names = ["base_uri", "header", "default_header", "query"]
        let endpoints = ["authorize_uri", "token_uri", "refresh_uri", "revoke_uri"]
            .flatMap(block.all)
        let calls = names.flatMap { client?.all($0) ?? [] } + block.all("lookup")
        for directive in calls { checkTemplate(directive, of: connection) }
        for directive in endpoints { checkTemplate(directive, of: connection, hasToken: false) }
        for directive in (client?.all("base_uri") ?? []) + endpoints + block.all("lookup") {
            checkHost(directive, of: connection, isBounded: client?.has("allow_hosts") ?? false)
        }
        checkRoom(connection, block)
    }

    /// Checks that a host which fields give is bounded.
    private func checkHost(
        _ directive: CheckedDirective,
        of connection: ConnectionConfiguration,
        isBounded: Bool
    ) {
        guard !isBounded, let place = directive["TEMPLATE"] ?? directive["URI"],
            let template = place.template, template.literalHost == nil,
            // With a parameter that cannot be a host, that is what is wrong.
            !template.hostFields.allSatisfy({ connection.parameter($0) != nil })
        else { return }
        let message = """
            the host of '\(directive.name)' comes from a field, so 'allow_hosts' must say where it \
            may lead to
            """
        findings.error(message, at: place.position)
    }

    /// Checks that the fields of a template can have values.
    func checkTemplate(
        _ directive: CheckedDirective,
        of connection: ConnectionConfiguration,
        hasToken: Bool = true
    ) {
        guard let place = directive["TEMPLATE"] ?? directive["URI"],
            let template = place.template
        else { return }
        let token: Set<String> = hasToken ? [] : ["access_token", "token_type"]
        let known = knownFields(of: connection).subtracting(token)
        if !template.fields.isDisjoint(with: token) {
            findings.error("'\(directive.name)' cannot hold a token", at: place.position)
        }
        if !template.fields.isEmpty {
            checkValues(of: template, for: directive.name, connection, at: place.position)
        }
        let faulty = faultyFields(of: connection)
        for field in template.requiredFields.subtracting(known).subtracting(token)
            .subtracting(faulty).sorted()
        {
            if field == "access_token" || field == "token_type" {
                findings.error("grant none has no '{{\(field)}}'", at: place.position)
                continue
            }
            if field == "client_id" || field == "client_secret" {
                let message = "'{{\(field)}}' has no value: '\(field)' is not written"
                findings.error(message, at: place.position)
                continue
            }
            let hint = NearestWord.hint(for: field, among: known.sorted())
            if directive.isFilledIn {
                checkParameter(field, of: connection, at: place.position)
                continue
            }
            let message = "nothing gives '{{\(field)}}' a value\(hint)"
            switch connection.grant {
            case .none, .clientCredentials:
                findings.error(message, at: place.position)
            case .authorizationCode, .refreshToken, .jwtBearer, .password:
                // It may come with the credentials, as a parameter of whoever connects.
                findings.warning("\(message), but for who connects", at: place.position)
            }
        }
    }

    /// Says that a provider's URL needs a value.
    private func checkParameter(
        _ field: String,
        of connection: ConnectionConfiguration,
        at position: SourcePosition
    ) {
        let provider = connection.provider ?? ""
        let message = "provider '\(provider)' needs 'parameter \(field) VALUE'"
        switch connection.grant {
        case .none, .clientCredentials: findings.error(message, at: position)
        case .authorizationCode, .refreshToken, .jwtBearer, .password:
            findings.warning("\(message), unless each account brings it", at: position)
        }
    }

    /// Checks that our own names do not hide each other.
    private func checkRoom(_ connection: ConnectionConfiguration, _ block: CheckedBlock) {
        let own: Set<String> = [
            "access_token", "token_type", "client_id", "client_secret", "connection", "tenant",
        ]
        for directive in block.all("parameter") + block.all("field") {
            guard let name = directive["NAME"], let text = name.text, own.contains(text) else {
                continue
            }
            findings.error("'\(text)' is a field of our own", at: name.position)
        }
    }
}
