extension Builder {
    /// How the API is called; after an error something that does no harm.
    func apiClient(
        _ directive: CheckedDirective,
        _ connection: CheckedBlock,
        _ grant: Grant?
    ) -> APIClientConfiguration {
        let nowhere = Template.literal("")
        guard let written = connection["api_client"], let block = written.block else {
            if !isFilledIn(connection), !connection.has("api_client") {
                let name = directive.text("NAME") ?? ""
                findings.error("connection '\(name)' has no 'api_client'", at: directive.position)
            }
            return APIClientConfiguration(baseURI: nowhere)
        }
        let base = block.value("base_uri")
        if !block.has("base_uri"), !isFilledIn(connection) {
            findings.error("'api_client' has no 'base_uri'", at: written.position)
        }
        var result = APIClientConfiguration(baseURI: base?.template ?? nowhere)
        result.allowHosts = block.values("allow_hosts").compactMap(\.hostPattern)
        result.headers = templates(block.all("header"))
        result.defaultHeaders = templates(block.all("default_header"))
        result.query = templates(block.all("query"))
        checkRepeated(block.all("header"))
        checkRepeated(block.all("default_header"))
        checkRepeated(block.all("query"))
        // A connector says itself where the token goes.
        if !connection.has("connector") { addBearer(to: &result, grant) }
        if let base, result.baseURI.source.contains("?") {
            let message = "'base_uri' may hold no query; write 'query NAME VALUE' instead"
            findings.error(message, at: base.position)
        }
        if let written = block["tls"] { result.tls = tls(written) }
        return result
    }

    /// Names and templates of directives.
    func templates(_ directives: [CheckedDirective]) -> [NamedTemplate] {
        directives.compactMap { directive in
            guard let name = directive.text("NAME"),
                let template = directive["TEMPLATE"]?.template
            else { return nil }
            if template.literalText == "", directive.name != "query" {
                findings.error("'\(directive.name)': an empty header", at: directive.position)
            }
            return NamedTemplate(name, template)
        }
    }

    /// The default header: the token goes out as a bearer token unless it is said otherwise, by a
    /// header of that name or by another place for the token.
    private func addBearer(to api: inout APIClientConfiguration, _ grant: Grant?) {
        guard grant != Grant.none else { return }
        let isNamed = api.headers.contains { $0.name.lowercased() == "authorization" }
        let isUsed = (api.headers + api.query).contains {
            $0.template.fields.contains("access_token")
        }
        guard !isNamed, !isUsed else { return }
        api.headers.insert(NamedTemplate("Authorization", .bearer), at: 0)
    }

    private func tls(_ written: CheckedDirective) -> ClientTLSConfiguration {
        var result = ClientTLSConfiguration()
        result.ca = written["ca"]?.path
        result.certificate = written["certificate"]?.path.map(PEM.path)
        result.key = written["key"]?.path.map(PEM.path)
        result.serverName = written.text("server_name")
        if (result.certificate == nil) != (result.key == nil) {
            findings.error("'tls' wants certificate= and key= together", at: written.position)
        }
        return result
    }
}
