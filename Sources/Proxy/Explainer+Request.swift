internal import Bytes
internal import Config
internal import Credentials
internal import Crypto
internal import HTTP
internal import IO

/// The URL that somebody asks about: as raw as a client would send it, so that what the proxy
/// refuses is refused here too.
struct AskedURL {
    /// Host and port; `nil` when only a path was given.
    private let authority: String?
    private let port: Int?
    private let target: String

    init(_ text: String) {
        guard let mark = text.firstRange(of: "://") else {
            authority = nil
            port = nil
            target = text
            return
        }
        let rest = text[mark.upperBound...]
        let authority = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        let target = String(rest.dropFirst(authority.count))
        self.authority = authority
        self.target = target.hasPrefix("/") ? target : "/" + target
        let isTLS = text[..<mark.lowerBound].lowercased() == "https"
        let digits = authority.split(separator: ":").last.flatMap { Int($0) }
        port = authority.hasSuffix("]") ? nil : digits ?? (isTLS ? 443 : 80)
    }

    /// Whether a client that has this URL would reach that address.
    func names(_ bind: BindConfiguration) -> Bool {
        guard let authority, case .tcp(let host, let own) = bind.address, own == port else {
            return false
        }
        if Wildcard.contains(host) { return true }
        let text = authority.lowercased()
        let bare = String(
            text.hasPrefix("[") ? text.prefix { $0 != "]" } + "]" : text.prefix { $0 != ":" }
        )
        return bare == host || bare == "[\(host)]" || bind.hosts?.contains(bare) == true
            || bare == "localhost" && Loopback.contains(host)
    }

    /// Whether it leads to the port of that address, under whatever name.
    func isPort(of bind: BindConfiguration) -> Bool {
        guard authority != nil, case .tcp(_, let own) = bind.address else { return false }
        return own == port
    }

    /// The head of the request; `host` is for a URL that names none.
    func head(
        _ method: String,
        _ fields: [(name: String, value: String)],
        host: String
    ) -> String {
        var lines = ["\(method) \(target) HTTP/1.1"]
        if !fields.contains(where: { $0.name.lowercased() == "host" }) {
            lines.append("Host: \(authority ?? host)")
        }
        lines += fields.map { "\($0.name): \($0.value)" }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }
}

extension Explainer {
    /// A connection without its secrets: each stands as `{{name}}`, as the reference it was written
    /// as, or masked.
    static func masked(_ connection: ConnectionConfiguration) -> ConnectionConfiguration {
        var masked = connection
        if connection.clientSecret != nil { masked.clientSecret = Secret("{{client_secret}}") }
        masked.fields = connection.fields.map { NamedSecret($0.name, Secret("{{\($0.name)}}")) }
        masked.api.query = connection.api.query.map { written in
            let source = written.template.source
            if isReference(written.template) {
                return NamedTemplate(written.name, .literal(source))
            }
            return PlainValue.isPlain(written.name, source)
                ? written : NamedTemplate(written.name, .literal(PlainValue.mask))
        }
        return masked
    }

    /// Whether a part of a template came out of a reference, and may be secret.
    private static func isReference(_ template: Template) -> Bool {
        template.source.contains("${")
    }

    /// Follows a request that was let in to the head that would go upstream.
    func follow(_ exchange: Exchange, _ source: Buffer, into result: inout Explanation) {
        let admission = exchange.admission
        guard let block = admission.block,
            let route = block.route ?? admission.entry.map({ Route(block.configuration, $0) }),
            let nowhere = URI("https://unknown.invalid")
        else { return }
        let connection = route.connection
        let id = CredentialID(connection: connection.name, tenant: admission.tenant)
        if connection.grant != .none { result.token = id.description }
        let values = TemplateValues(connection, tenant: admission.tenant, fields: [:])
        let destination = place(of: route, values, into: &result)
        if let destination, isOwn(destination.uri) { result.refusal = .loop }
        guard result.refusal == nil else { return }
        do throws(TemplateError) {
            let injection = try Injection(
                route,
                connection,
                to: destination ?? Destination(nowhere, isNamed: false),
                with: nil
            ) { values[$0] ?? "{{\($0)}}" }
            let out = Buffer(capacity: 1 << 10)
            var identity = RequestIdentity()
            identity.identify(exchange, source)
            RequestWriter.write(exchange, injection, route: route, source: source, to: out)
            compare(source, out, into: &result)
            if let destination { result.url = url(out, route, injection, destination) }
        } catch {
            result.refusal = Refusal(error)
        }
        for template in Injection.headers(of: route, connection).map(\.template) {
            result.awaited += template.requiredFields.filter { values[$0] == nil }
        }
        let known: Set = ["access_token", "token_type"]
        result.awaited = Set(result.awaited).subtracting(known).sorted()
        if connection.grant == .none, let field = result.awaited.first {
            result.refusal = .missingField(field)
        }
    }

    /// Where a route leads; `nil` where the credentials or a secret decide that.
    private func place(
        of route: Route,
        _ values: TemplateValues,
        into result: inout Explanation
    ) -> Destination? {
        do throws(TemplateError) {
            return try Injection.destination(of: route, values.connection) { values[$0] }
        } catch {
            switch error {
            case .missing(let field): result.awaited.append(field)
            case .unsafeValue, .uri: break
            case .syntax, .empty, .hostNotAllowed: result.refusal = Refusal(error)
            }
            return nil
        }
    }

    /// Whether a URI leads back to us, as far as that can be told without asking for addresses.
    private func isOwn(_ uri: URI) -> Bool {
        let hosts = uri.host == "localhost" ? ["127.0.0.1", "::1"] : [uri.host]
        return hosts.contains { host in
            guard let address = SocketAddress(ip: host, port: uri.port) else { return false }
            return ownAddresses.contains { $0.covers(address) }
        }
    }

    /// Notes what the request written for the upstream has and has not of the one that came.
    private func compare(_ source: Buffer, _ out: Buffer, into result: inout Explanation) {
        let came = Self.lines(source).dropFirst()
        let left = Self.lines(out).dropFirst()
        result.headersDropped = came.filter { !left.contains($0) }.map(Self.name)
        result.headersSet = left.filter { !came.contains($0) }.map(Self.name)
    }

    /// The URL of the request written for the upstream.
    private func url(
        _ out: Buffer,
        _ route: Route,
        _ injection: Injection,
        _ destination: Destination
    ) -> String {
        let line = Self.lines(out).first ?? ""
        let target = line.dropFirst(line.prefix { $0 != " " }.count + 1).dropLast(" HTTP/1.1".count)
        let base = route.connection.api.baseURI
        if route.configuration.baseURI == nil, Self.isReference(base) {
            let rest = target.dropFirst(injection.joinedPath.count)
            return (base.source.hasSuffix("/") ? String(base.source.dropLast()) : base.source)
                + rest
        }
        let shown = target.replacing("%7B", with: "{").replacing("%7D", with: "}")
        return "\(destination.uri.scheme.rawValue)://\(destination.uri.authority)\(shown)"
    }

    /// The lines of a head.
    private static func lines(_ buffer: Buffer) -> [String] {
        let text = buffer.withReadable { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
        return text.split(separator: "\r\n").map(String.init)
    }

    private static func name(of line: String) -> String { String(line.prefix { $0 != ":" }) }
}
