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

    /// Checks all the templates of a connection.
    func checkTemplates(_ connection: ConnectionConfiguration, _ block: CheckedBlock) {
        guard !isFilledIn(block), block["grant"] != nil else { return }
        let client = block["api_client"]?.block
        let names = ["base_uri", "header", "default_header", "query"]
        let directives = names.flatMap { client?.all($0) ?? [] } + block.all("lookup")
        for directive in directives {
            checkTemplate(directive, of: connection)
        }
        checkRoom(connection, block)
    }

    /// Checks that the fields of a template can have values.
    func checkTemplate(_ directive: CheckedDirective, of connection: ConnectionConfiguration) {
        guard let place = directive["TEMPLATE"] ?? directive["URI"],
            let template = place.template
        else { return }
        let known = knownFields(of: connection)
        for field in template.requiredFields.subtracting(known).sorted() {
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
