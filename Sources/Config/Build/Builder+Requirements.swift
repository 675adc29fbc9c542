import Connectors

extension Builder {
    /// What must be right outside of the files; of use only if there were no errors.
    func requirements(_ configuration: Configuration) -> [Requirement] {
        let logs = ["log", "access_log"].compactMap { name in
            file("PATH", of: top[name], named: name).map {
                Requirement(.log($0), at: $0.position)
            }
        }
        let listeners = top.all("listener").flatMap { $0.block?.all("tls") ?? [] }
            .compactMap(requirement)
        let connections = top.all("connection").flatMap { directive in
            directive.text("NAME").flatMap(configuration.connection)
                .map { requirements($0, directive) } ?? []
        }
        return logs + [requirement(configuration.vault)].compactMap(\.self) + listeners
            + connections
    }

    private func requirement(_ vault: VaultConfiguration) -> Requirement? {
        guard case .file(let settings) = vault else { return nil }
        let block = top["vault"]?.block
        let position = top["vault"]?.position ?? SourcePosition(file: path)
        let written = block?["path"]
        let folder =
            file("PATH", of: written, named: "path")
            ?? Requirement.File(
                name: "vault",
                path: settings.path,
                shown: settings.path,
                position: position
            )
        let key = block?["key"]?.position ?? position
        return Requirement(.vault(settings, folder, key: key), at: folder.position)
    }

    private func requirement(_ written: CheckedDirective) -> Requirement? {
        guard let block = written.block, let settings = tls(block) else { return nil }
        let files = ["certificate", "key", "client_ca"].compactMap {
            file("PATH", of: block[$0], named: $0)
        }
        return Requirement(.listenerTLS(settings), at: written.position, reading: files)
    }

    private func requirements(
        _ connection: ConnectionConfiguration,
        _ directive: CheckedDirective
    ) -> [Requirement] {
        guard let block = directive.block else { return [] }
        var result: [Requirement] = []
        if let written = block["client_auth"] {
            switch connection.clientAuthentication {
            case .headers, .body, .both, .none: break
            case .privateKeyJWT(let jwt):
                result.append(requirement(.signingKey(jwt.key, jwt.algorithm), written))
            case .tls(let certificate, let key):
                var settings = ClientTLSConfiguration()
                settings.certificate = certificate
                settings.key = key
                result.append(requirement(.clientTLS(settings), written))
            }
        }
        if let written = block["assertion"], let assertion = connection.assertion {
            let subject = Requirement.Subject.signingKey(assertion.key, assertion.algorithm)
            result.append(requirement(subject, written))
        }
        if let written = block["connector"],
            connection.connector?.definition.hasJavaScript == true
        {
            result.append(Requirement(.node, at: written.position))
        }
        if let written = block["api_client"]?.block?["tls"] {
            result.append(requirement(.clientTLS(connection.api.tls), written))
        }
        return result
    }

    /// A requirement whose files are the options of a directive.
    private func requirement(
        _ subject: Requirement.Subject,
        _ written: CheckedDirective
    ) -> Requirement {
        let files = ["ca", "certificate", "key"].compactMap {
            file($0, of: written, named: "\($0)=")
        }
        return Requirement(subject, at: written.position, reading: files)
    }

    /// The file that a parameter or an option names; `nil` for anything else.
    private func file(
        _ label: String,
        of directive: CheckedDirective?,
        named name: String
    ) -> Requirement.File? {
        guard let value = directive?[label] else { return nil }
        var path = value.path
        if case .path(let found)? = value.pem { path = found }
        return path.map {
            Requirement.File(
                name: name,
                path: $0,
                shown: value.isLiteral ? $0 : value.source,
                position: value.position
            )
        }
    }
}
