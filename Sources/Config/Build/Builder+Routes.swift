import HTTP

extension Builder {
    /// The routes, in the order of the file.
    func routes(_ configuration: Configuration) -> [RouteConfiguration] {
        var seen: [String: SourcePosition] = [:]
        var result: [RouteConfiguration] = []
        for directive in top.all("route") {
            guard let route = route(directive, configuration) else { continue }
            for listener in route.listeners {
                // A space can stand in none of them.
                let key = "\(listener) \(route.host ?? "") \(route.prefix)/"
                if let first = seen[key] {
                    let message = "the route '\(route.pattern)' stands already at \(first)"
                    findings.error(message, at: directive.position)
                    break
                }
                seen[key] = directive.position
            }
            result.append(route)
        }
        return result
    }

    private func route(
        _ directive: CheckedDirective,
        _ configuration: Configuration
    ) -> RouteConfiguration? {
        guard let prefix = directive.text("PREFIX"), let block = directive.block else { return nil }
        let name = block.text("connection") ?? ""
        var result = RouteConfiguration(
            host: directive.text("host"),
            prefix: String(prefix.dropLast()),
            connection: name == "*" ? .firstSegment : .named(name)
        )
        readTarget(block, into: &result, configuration)
        readAccess(block, into: &result)
        readRewriting(block, into: &result)
        let connection = configuration.connection(named: name)
        if let place = block.value("connection"), connection == nil, name != "*" {
            dangling("connection", place, among: configuration.connections.map(\.name))
        }
        if let connection { checkFields(of: result, connection, block, directive.position) }
        return result
    }

    private func readTarget(
        _ block: CheckedBlock,
        into result: inout RouteConfiguration,
        _ configuration: Configuration
    ) {
        // Two of one name have been told of already.
        result.listeners = Builder.unique(
            configuration.listeners.filter(\.routes).map(\.name)
        )
        if block.has("listeners") {
            result.listeners = listeners(block.values("listeners"), configuration)
        }
        let callers = block.values("callers")
        for place in callers {
            guard let name = place.text else { continue }
            let known = configuration.callers.map(\.name)
            if !known.contains(name) { dangling("caller", place, among: known) }
        }
        result.callers = callers.compactMap(\.text)
        result.baseURI = block.uri("base_uri")
        if let place = block.value("base_uri"), place.uri?.query != nil {
            findings.error("'base_uri' may hold no query", at: place.position)
        }
        if let written = block["limits"] {
            result.limits.body = written.number("body")
            result.limits.rate = written["rate"]?.rate
            result.limits.burst = written.number("burst")
            result.limits.concurrent = written.number("concurrent")
            if let burst = written["burst"], result.limits.rate == nil {
                findings.error("'burst' wants a rate=", at: burst.position)
            }
        }
        guard let written = block["timeouts"] else { return }
        result.timeouts.connect = written.duration("connect") ?? result.timeouts.connect
        result.timeouts.firstByte = written.duration("first_byte") ?? result.timeouts.firstByte
        result.timeouts.idle = written.duration("idle") ?? result.timeouts.idle
    }

    private func listeners(
        _ places: [CheckedValue],
        _ configuration: Configuration
    ) -> [String] {
        for place in places {
            guard let name = place.text else { continue }
            guard let listener = configuration.listeners.first(where: { $0.name == name }) else {
                dangling("listener", place, among: configuration.listeners.map(\.name))
                continue
            }
            if !listener.routes {
                findings.error("the listener '\(name)' has 'routes off'", at: place.position)
            }
        }
        return Builder.unique(places.compactMap(\.text))
    }

    private func dangling(_ kind: String, _ place: CheckedValue, among known: [String]) {
        // It is there, but written wrongly.
        if let name = place.text, top.faulty[kind]?.contains(name) == true { return }
        let hint = NearestWord.hint(for: place.source, among: known)
        findings.error("there is no \(kind) '\(place.source.shortened)'\(hint)", at: place.position)
    }

    private func readAccess(_ block: CheckedBlock, into result: inout RouteConfiguration) {
        if let tenant = block["tenant"] { result.tenant = Builder.tenant(tenant) }
        if block.has("methods") {
            result.methods = Builder.unique(block.values("methods").compactMap(\.text))
        }
        result.allow = block.values("allow").compactMap(\.pathPattern)
        result.deny = block.values("deny").compactMap(\.pathPattern)
        result.origins = block.values("origins").compactMap(\.text)
        result.passEncodedSlash = block.text("encoded_slash") == "pass"
        result.passCookies = block.text("cookies") == "pass"
    }

    private static func tenant(_ directive: CheckedDirective) -> RouteConfiguration.Tenant {
        let name = directive.text("NAME") ?? ""
        switch directive.form {
        case "header": return .header(name: name, required: directive["required"] != nil)
        case "path": return .nextSegment
        case "caller": return .caller
        case "fixed": return .fixed(name)
        default: return .none
        }
    }

    private func readRewriting(_ block: CheckedBlock, into result: inout RouteConfiguration) {
        result.headers = templates(block.all("header"))
        checkRepeated(block.all("header"))
        for place in block.values("drop_headers") {
            guard let name = place.text?.lowercased() else { continue }
            let needed = ["host", "content-length", "transfer-encoding", "connection"]
            if needed.contains(name) {
                findings.error("'\(name)' is the proxy's own to write", at: place.position)
            }
            result.dropHeaders.append(name)
        }
        result.dropHeaders = Builder.unique(result.dropHeaders)
        result.on401 = block.text("on_401").flatMap(RouteConfiguration.On401.init) ?? result.on401
        result.via = block.flag("via") ?? result.via
        result.bufferRequest = block.number("buffer_request")
        result.rewriteHeaders = block.text("rewrite_headers") != "off"
        result.rewriteEvents = block.text("rewrite_events") == "on"
        result.rewriteBody = block.all("rewrite_body").compactMap { directive in
            directive["URI"]?.uri.map { uri in
                let prefix = directive.text("to").map { String($0.dropLast()) }
                return RouteConfiguration.BodyRewrite(uri: uri, prefix: prefix)
            }
        }
    }

    /// Checks that the templates which this route uses can have all their values.
    private func checkFields(
        of route: RouteConfiguration,
        _ connection: ConnectionConfiguration,
        _ block: CheckedBlock,
        _ position: SourcePosition
    ) {
        for directive in block.all("header") { checkTemplate(directive, of: connection) }
        guard route.tenant == .none else { return }
        let api = connection.api
        let templates = (api.headers + api.defaultHeaders + api.query + route.headers)
            .map(\.template)
        guard (templates + [api.baseURI]).contains(where: { $0.requiredFields.contains("tenant") })
        else { return }
        let message = """
            the connection '\(connection.name)' needs '{{tenant}}', but the route \
            '\(route.pattern)' has no 'tenant'
            """
        findings.error(message, at: position)
    }
}
