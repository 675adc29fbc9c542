import HTTP

extension Builder {
    /// Warns of what is legal and probably not meant.
    func lint(_ configuration: Configuration) {
        for directive in top.all("connection") {
            guard let block = directive.block, let name = directive.text("NAME"),
                let connection = configuration.connection(named: name)
            else { continue }
            lint(connection, block)
        }
        for directive in top.all("route") { lintURIs(directive.block) }
        for listener in configuration.listeners { lint(listener) }
        if let block = top["admin"]?.block {
            lintSecrets(["token"], block)
            lintURIs(block)
            for place in block.all("bind").compactMap({ $0["ADDRESS"] })
            where place.address?.isLocal == false {
                let message = "the admin API is plain http off loopback; its token can be read"
                findings.warning(message, at: place.position)
            }
        }
        for directive in top.all("caller") {
            if let block = directive.block { lintSecrets(["token"], block) }
        }
        lintBuffer(configuration.tokens, top["tokens"]?.block)
        lintVault(configuration.vault)
        // What could not be read may have said it.
        guard !findings.hasErrors else { return }
        let place = SourcePosition(file: path)
        if !top.has("listen"), !top.has("listener"), !top.has("admin") {
            findings.warning("nothing listens: there is no 'listen' or 'listener'", at: place)
        } else if !configuration.routes.isEmpty, !configuration.listeners.contains(where: \.routes)
        {
            findings.warning("no listener serves the routes", at: place)
        }
    }

    /// Plain http carries tokens and secrets for everybody to read.
    func lintURIs(_ block: CheckedBlock?) {
        guard let block else { return }
        for directive in block.everything {
            for place in directive.values.values.flatMap(\.self) where isPlain(place.value) {
                let message = "'\(directive.name)' is plain http: all on the way can read it"
                findings.warning(message, at: place.position)
            }
        }
    }

    private func isPlain(_ value: Value) -> Bool {
        if case .uri(let uri) = value { return uri.scheme == .http && !Loopback.contains(uri.host) }
        guard case .template(let template) = value else { return false }
        guard template.source.lowercased().hasPrefix("http://") else { return false }
        return template.literalHost.map { !Loopback.contains($0) } ?? true
    }

    func lintSecrets(_ names: [String], _ block: CheckedBlock) {
        for place in names.compactMap({ block[$0]?.value }) where place.isLiteral {
            warnOfSecret(at: place)
        }
    }

    func warnOfSecret(at place: CheckedValue) {
        let message = "a secret stands in the file; use ${env:…}, ${file:…} or ${cred:…}"
        findings.warning(message, at: place.position)
    }

    private func lint(_ listener: ListenerConfiguration) {
        guard listener.tls.isEmpty else { return }
        let blocks = [top] + top.all("listener").compactMap(\.block)
        let remote = listener.binds.map(\.address).filter { address in
            if case .tcp = address { !address.isLocal } else { false }
        }
        for directive in blocks.flatMap({ $0.all("bind") }) {
            guard let place = directive["ADDRESS"], let address = place.address,
                remote.contains(address)
            else { continue }
            let message = "'\(address)' is plain http off loopback; write 'tls { … }'"
            findings.warning(message, at: place.position)
        }
    }

    private func lintVault(_ vault: VaultConfiguration) {
        guard let written = top["vault"], let block = written.block else { return }
        lintSecrets(["key", "previous_key"], block)
        // Where neither place is written, both are as the program has it.
        guard case .file(let file) = vault, block.has("path") || block.has("key") else { return }
        let key = block.value("key").map(keyPath) ?? file.keyPath
        guard let key, block["key"] != nil || !block.has("key") else { return }
        guard ConfigPath.directory(of: key) == ConfigPath.directory(of: file.path) else { return }
        let message = """
            the vault's key ('\(key)') lies beside the vault: who copies the folder has both
            """
        findings.warning(message, at: block.value("key")?.position ?? written.position)
    }

    /// The file that a key is read from.
    private func keyPath(_ place: CheckedValue) -> String? {
        let start = "${file:"
        guard place.source.hasPrefix(start), place.source.hasSuffix("}") else { return nil }
        let path = String(place.source.dropFirst(start.count).dropLast())
        return ConfigPath.resolve(path, in: place.directory)
    }
}
