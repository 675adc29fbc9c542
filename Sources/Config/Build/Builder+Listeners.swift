import HTTP

extension Builder {
    /// The listeners, long and short forms, in the order of the file.
    func listeners() -> [ListenerConfiguration] {
        checkNames("listener")
        let written = (top.all("listen") + top.all("listener")).sorted { one, other in
            // Within one file the order is that of the lines; among files it does not matter.
            (one.position.line, one.position.column) < (other.position.line, other.position.column)
        }
        return written.compactMap { $0.block == nil ? short($0) : listener($0) }
    }

    private func short(_ directive: CheckedDirective) -> ListenerConfiguration? {
        guard let place = directive["ADDRESS"], let address = place.address else { return nil }
        let bind = bind(place, mode: nil)
        if !address.isLocal {
            let message = """
                '\(address)' is not on loopback, so 'callers' must be written: \
                listener NAME { bind \(address); callers required|off; }
                """
            findings.error(message, at: place.position)
        }
        var result = ListenerConfiguration(name: "\(address)")
        result.binds = [bind].compactMap(\.self)
        return result
    }

    private func listener(_ directive: CheckedDirective) -> ListenerConfiguration? {
        guard let name = directive.text("NAME"), let block = directive.block else { return nil }
        var result = ListenerConfiguration(name: name)
        result.binds = binds(block)
        result.tls = block.all("tls").compactMap { $0.block.flatMap(tls) }
        checkServerNames(result.tls, block)
        result.callersRequired = block.text("callers") == "required"
        result.routes = block.flag("routes") ?? true
        result.connectPages = block.flag("connect_pages") ?? false
        let remote = result.binds.first { !$0.address.isLocal }
        if let remote, result.routes, !block.has("callers") {
            let message = """
                listener '\(name)' listens on \(remote.address), off loopback, so 'callers' \
                must be written: callers required|off
                """
            findings.error(message, at: directive.position)
        }
        if block.has("hosts") {
            let hosts = block.values("hosts").compactMap(\.text)
            for index in result.binds.indices { result.binds[index].hosts = hosts }
        }
        if let written = block["timeouts"] {
            result.timeouts.header = written.duration("header") ?? result.timeouts.header
            result.timeouts.body = written.duration("body") ?? result.timeouts.body
            result.timeouts.keepAlive = written.duration("keepalive") ?? result.timeouts.keepAlive
        }
        if let written = block["limits"] { read(written, into: &result.limits) }
        return result
    }

    private func read(
        _ written: CheckedDirective,
        into limits: inout ListenerConfiguration.Limits
    ) {
        limits.header = written.number("header") ?? limits.header
        limits.fields = written.number("fields") ?? limits.fields
        limits.line = written.number("line") ?? limits.line
        limits.body = written.number("body") ?? limits.body
        limits.connections = written.number("connections") ?? limits.connections
        limits.minimumRate = written.number("min_rate") ?? limits.minimumRate
    }

    /// The addresses of a block.
    func binds(_ block: CheckedBlock) -> [BindConfiguration] {
        block.all("bind").compactMap { directive in
            directive["ADDRESS"].flatMap { bind($0, mode: directive["mode"]) }
        }
    }

    private func bind(_ place: CheckedValue, mode: CheckedValue?) -> BindConfiguration? {
        guard let address = place.address else { return nil }
        var result = BindConfiguration(address)
        switch address {
        case .unix: result.mode = mode?.number ?? result.mode
        case .tcp, .descriptor:
            if let mode { findings.error("'mode' is for unix: sockets only", at: mode.position) }
        }
        if case .descriptor = address { refuseLater("'\(address)'", at: place.position) }
        return result
    }

    /// A certificate of a listener; `nil` after an error.
    func tls(_ block: CheckedBlock) -> ServerTLSConfiguration? {
        guard let certificate = block.value("certificate")?.pem, let key = block.value("key")?.pem
        else { return nil }
        var result = ServerTLSConfiguration(certificate: certificate, key: key)
        let version = block.text("min_version").flatMap(ServerTLSConfiguration.Version.init)
        result.minimumVersion = version ?? result.minimumVersion
        result.clientCA = block["client_ca"]?["PATH"]?.pem
        result.clientCertificateRequired = block["client_ca"]?["required"] != nil
        result.serverNames = block.values("server_name").compactMap(\.text)
        return result
    }

    /// Of several certificates only the first may do without names: it is the fallback.
    private func checkServerNames(_ tls: [ServerTLSConfiguration], _ block: CheckedBlock) {
        var seen: Set<String> = []
        for (index, directive) in block.all("tls").enumerated() {
            guard let inner = directive.block else { continue }
            if index > 0, !inner.has("server_name") {
                let message = "a second 'tls' needs a 'server_name' to be chosen by"
                findings.error(message, at: directive.position)
            }
            for name in inner.values("server_name") {
                guard let text = name.text, !seen.insert(text).inserted else { continue }
                findings.error("two certificates for '\(text)'", at: name.position)
            }
        }
    }

    /// The listeners with the hosts that each address answers where none are written.
    func withHosts(_ configuration: Configuration) -> [ListenerConfiguration] {
        // Under this name browsers are sent to the connect pages.
        let publicHost = configuration.admin?.publicURL.map { uri in
            uri.host.contains(":") ? "[\(uri.host)]" : uri.host
        }
        return configuration.listeners.map { listener in
            var listener = listener
            var own = configuration.routes.filter { $0.listeners.contains(listener.name) }
                .compactMap(\.host)
            if listener.connectPages { own += [publicHost].compactMap(\.self) }
            for index in listener.binds.indices
            where listener.binds[index].hosts == nil && listener.binds[index].address.isLoopback {
                listener.binds[index].hosts = Builder.unique(Builder.loopbackHosts + own)
            }
            return listener
        }
    }

    /// What a page that a browser runs cannot be called.
    static let loopbackHosts = ["localhost", "127.0.0.1", "[::1]"]

    /// The texts without repetitions, in order.
    static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }

    /// Refuses one address on two listeners.
    func checkAddresses(_ configuration: Configuration) {
        var seen: [BindAddress: SourcePosition] = [:]
        let blocks = [top] + (top.all("listener") + top.all("admin")).compactMap(\.block)
        for block in blocks {
            for directive in block.all("bind") + block.all("listen") {
                guard let place = directive["ADDRESS"], let address = place.address else {
                    continue
                }
                if case .tcp(_, port: 0) = address { continue }
                if let first = seen[address] {
                    let message = "'\(address)' is already bound at \(first)"
                    findings.error(message, at: place.position)
                }
                seen[address] = seen[address] ?? place.position
            }
        }
    }
}
