import Crypto

extension Builder {
    /// Who may call, in the order of the file.
    func callers() -> [CallerConfiguration] {
        var seen: [[UInt8]: String] = [:]
        var result: [CallerConfiguration] = []
        for directive in top.all("caller") {
            guard let caller = caller(directive) else { continue }
            if let digest = caller.token?.digest {
                if let first = seen[digest] {
                    let message = "the callers '\(first)' and '\(caller.name)' have the same token"
                    findings.error(message, at: directive.position)
                }
                seen[digest] = caller.name
            }
            result.append(caller)
        }
        return result
    }

    /// Checks that whoever is asked for a caller can be one.
    func checkCallers(_ configuration: Configuration) {
        for directive in top.all("listener") {
            guard let place = directive.block?.value("callers"), place.text == "required",
                configuration.callers.isEmpty, !top.has("caller")
            else { continue }
            findings.error("there is no 'caller' who could call here", at: place.position)
        }
        for directive in top.all("route") where directive.block?["tenant"]?.form == "caller" {
            for place in directive.block?.values("callers") ?? [] {
                guard let caller = configuration.callers.first(where: { $0.name == place.text }),
                    caller.tenants.count != 1
                else { continue }
                let message = """
                    'tenant caller' wants a caller with exactly one of 'tenants'; \
                    '\(caller.name)' has \(caller.tenants.count)
                    """
                findings.error(message, at: place.position)
            }
        }
    }

    private func caller(_ directive: CheckedDirective) -> CallerConfiguration? {
        guard let name = directive.text("NAME"), let block = directive.block else { return nil }
        var result = CallerConfiguration(name: name)
        if let secret = block.secret("token") { result.token = .secret(secret) }
        if let digest = block.value("token_sha256") {
            if block.has("token") {
                let message = "caller '\(name)' has 'token' and 'token_sha256'; write one"
                findings.error(message, at: digest.position)
            }
            result.token = digest.bytes.map { .sha256($0) }
        }
        result.clientCertificate = block["client_cert"].flatMap(clientCertificate)
        result.tenants = block.values("tenants").compactMap(\.text)
        if !block.has("token"), !block.has("token_sha256"), !block.has("client_cert") {
            let message = "caller '\(name)' has no 'token', 'token_sha256' or 'client_cert'"
            findings.error(message, at: directive.position)
        }
        return result
    }

    private func clientCertificate(
        _ directive: CheckedDirective
    ) -> CallerConfiguration.ClientCertificate? {
        guard directive.values.count == 1 else {
            let message = "'client_cert' wants one of san=, cn=, sha256="
            findings.error(message, at: directive.position)
            return nil
        }
        if let name = directive.text("san") { return .subjectAlternativeName(name) }
        if let name = directive.text("cn") { return .commonName(name) }
        return directive["sha256"]?.bytes.map { .sha256($0) }
    }
}
