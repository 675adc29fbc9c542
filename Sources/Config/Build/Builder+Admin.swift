import HTTP

extension Builder {
    /// The admin listener; `nil` if its block is none.
    func admin(_ directive: CheckedDirective) -> AdminConfiguration? {
        guard let block = directive.block else { return nil }
        let token = ConfigPath.resolve("attache.admin-token", in: self.directory)
        var result = AdminConfiguration(tokenPath: token)
        result.token = block.secret("token")
        result.binds = binds(block)
        let hosts =
            block.has("hosts")
            ? block.values("hosts").compactMap(\.text)
            : Builder.loopbackHosts + result.binds.compactMap(Builder.host)
        for index in result.binds.indices { result.binds[index].hosts = Builder.unique(hosts) }
        result.publicURL = block.uri("public_url")
        result.returnURLs = block.values("return_urls").compactMap(\.uri)
        result.helpURL = block.value("help_url")?.template
        result.confirm = block.flag("confirm") ?? true
        result.console = block.text("console") != "off"
        result.metrics = block.text("metrics") != "off"
        check(block)
        return result
    }

    private func check(_ block: CheckedBlock) {
        if let place = block.value("public_url"), let uri = place.uri {
            if uri.query != nil {
                findings.error("'public_url' may hold no query", at: place.position)
            }
        }
        for place in block.values("return_urls") where place.uri?.query != nil {
            findings.error("'return_urls' may hold no query", at: place.position)
        }
        guard let place = block.value("help_url"), let template = place.template else { return }
        let known = ["connection", "tenant"]
        for field in template.fields.subtracting(known).sorted() {
            let hint = NearestWord.hint(for: field, among: known)
            let message = "'help_url' may hold {{connection}} and {{tenant}} only\(hint)"
            findings.error(message, at: place.position)
        }
        if template.literalHost == nil {
            findings.error("the host of 'help_url' must be written out", at: place.position)
        }
    }

    /// Checks that browsers can be told where the connect pages are.
    func checkPages(_ configuration: Configuration) {
        let pages = configuration.listeners.filter(\.connectPages)
        guard let first = pages.first,
            let position = top.all("listener").first(where: { $0.text("NAME") == first.name })?
                .position
        else { return }
        guard let admin = configuration.admin else {
            let message = "'connect_pages' without 'admin': only the admin API makes tickets"
            findings.warning(message, at: position)
            return
        }
        guard admin.publicURL == nil, let address = first.binds.first?.address else { return }
        let isReachable =
            switch address {
            case .tcp(let host, _): !Wildcard.contains(host)
            case .unix, .descriptor: false
            }
        guard !isReachable else { return }
        let message = """
            listener '\(first.name)' has connect pages at '\(address)', so 'public_url' in the \
            'admin' block must say how browsers reach them
            """
        findings.error(message, at: position)
    }

    /// The `Host` that names an address.
    private static func host(of bind: BindConfiguration) -> String? {
        switch bind.address {
        case .tcp(let host, _): host.contains(":") ? "[\(host)]" : host
        case .unix, .descriptor: nil
        }
    }
}
