import HTTP

extension ValueReader {
    /// A text that keeps to the rules of its kind.
    static func word(_ argument: Argument, as kind: Kind) throws(Problem) -> String {
        let text = argument.text
        guard !text.isEmpty else { throw Problem("an empty text") }
        switch kind {
        case .name: try checkName(argument)
        case .nameOrStar: if text != "*" { try checkName(argument) }
        case .tenant:
            guard TenantName.isValid(text) else {
                throw not(argument, "a tenant's name of at most \(TenantName.bytesMax) bytes")
            }
        case .fieldName:
            guard FieldName.isValid(text) else { throw not(argument, "a field's name") }
        case .choice(let words, let later): try checkChoice(argument, words + later)
        case .hostName: return try hostName(argument)
        case .headerName, .ownHeaderName: try checkHeaderName(argument, kind)
        case .method: try checkMethod(argument)
        case .origin: try checkOrigin(argument)
        case .absolutePath:
            guard text.hasPrefix("/"), URI("http://host\(text)") != nil else {
                throw not(argument, "a path that begins with /")
            }
        case .prefix: try checkPrefix(argument)
        case .text, .anyText, .secret, .flag, .duration, .durationOrOff, .durations, .size, .count,
            .countOrAuto, .percentage, .rate, .mode, .hex, .address, .path, .pem, .hostPattern,
            .uri, .template, .uriTemplate, .pathPattern, .assignment:
            break
        }
        return text
    }

    private static func checkName(_ argument: Argument) throws(Problem) {
        guard OwnName.isValid(argument.text)
        else { throw not(argument, "a name of letters, digits, '-', '_' and '.'") }
    }

    private static func checkChoice(
        _ argument: Argument,
        _ words: [String]
    ) throws(Problem) {
        guard !words.contains(argument.text) else { return }
        let hint = NearestWord.hint(for: argument.text, among: words)
        let choice = words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
        throw not(argument, "\(choice)\(hint)")
    }

    private static func hostName(_ argument: Argument) throws(Problem) -> String {
        guard let host = HostName.unbracketed(argument.text) else {
            throw not(argument, "a host without scheme and port")
        }
        return host.contains(":") ? "[\(host)]" : host
    }

    private static func checkHeaderName(
        _ argument: Argument,
        _ kind: Kind
    ) throws(Problem) {
        guard argument.text.utf8.allSatisfy(isTokenByte) else {
            throw not(argument, "a header's name")
        }
        if case .ownHeaderName = kind, framing.contains(argument.text.lowercased()) {
            throw Problem("'\(argument.source.shortened)' is the proxy's own to write")
        }
    }

    /// Why a connection cannot have a header of that name; `nil` if it can.
    static func headerProblem(_ name: String) -> String? {
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
            return "'\(name)' is no header's name"
        }
        return framing.contains(name.lowercased())
            ? "'\(name)' is the proxy's own to write" : nil
    }

    /// What rules the message or the connection, so that nobody else may touch it
    /// (RFC 9110 section 7.6.1, RFC 9112 section 6).
    private static let framing: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te",
        "trailer", "upgrade", "proxy-connection", "expect", "http2-settings",
        "proxy-authorization", "proxy-authenticate",
    ]

    private static func checkMethod(_ argument: Argument) throws(Problem) {
        let text = argument.text
        guard text.utf8.allSatisfy(isTokenByte), text == text.uppercased() else {
            throw not(argument, "a method in capitals")
        }
        guard text != "TRACE", text != "CONNECT" else {
            throw Problem("\(text) is never passed on")
        }
    }

    private static func checkOrigin(_ argument: Argument) throws(Problem) {
        guard let uri = URI(argument.text), uri.path.isEmpty, uri.query == nil else {
            throw not(argument, "an origin like https://app.example.com")
        }
    }

    /// A prefix is compared with raw bytes, so it must be what a client may send.
    private static func checkPrefix(_ argument: Argument) throws(Problem) {
        let text = argument.text
        guard text.hasPrefix("/") else { throw not(argument, "a path that begins with /") }
        guard text.hasSuffix("/") else {
            throw Problem("a prefix ends with /; write '\(argument.source.shortened)/'")
        }
        let inner = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !inner.dropLast().contains(where: { ["", ".", ".."].contains($0) }) else {
            throw not(argument, "a prefix: a segment in it is empty, . or ..")
        }
        guard URI("http://host\(text)")?.path == text, text.utf8.allSatisfy({ $0 != 0x25 }) else {
            throw not(argument, "a prefix of plain characters")
        }
    }

    /// RFC 9110 section 5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    // MARK: URIs and addresses

    static func uri(_ argument: Argument) throws(Problem) -> URI {
        let text = argument.text
        if let uri = URI(text) { return uri }
        guard let mark = text.firstRange(of: "://") else {
            throw not(argument, "a URL that begins with https:// or http://")
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw not(argument, "a URL of http or https")
        }
        if text.contains("#") { throw Problem("a URL here may have no fragment (#…)") }
        let authority = text[mark.upperBound...].prefix { $0 != "/" && $0 != "?" }
        if authority.contains("@") { throw Problem("a URL here may hold no user name") }
        throw not(argument, "a well-formed URL")
    }

    static func address(_ argument: Argument) throws(Problem) -> BindAddress {
        let text = argument.text
        if text.hasPrefix("unix:") {
            let path = ConfigPath.resolve(String(text.dropFirst(5)), in: argument.directory)
            // What the kernel's structure holds, with the zero at the end.
            guard text != "unix:", path.utf8.count <= 107 else {
                throw not(argument, "the path of a socket (at most 107 bytes)")
            }
            return .unix(path: path)
        }
        if text.hasPrefix("fd:") {
            let name = String(text.dropFirst(3))
            guard !name.isEmpty, name.utf8.allSatisfy(FieldName.isByte) else {
                throw not(argument, "fd:NAME")
            }
            return .descriptor(name: name)
        }
        let wanted = "an address like 127.0.0.1:8080, [::1]:8080 or unix:PATH"
        guard let colon = text.lastIndex(of: ":") else { throw not(argument, wanted) }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let port = UInt16(digits)
        else { throw not(argument, "\(wanted): the port is missing or not 0 to 65535") }
        let host = String(text[..<colon])
        if host.lowercased() == "localhost" { return .tcp(host: "127.0.0.1", port: Int(port)) }
        if HostName.isIPv4(host) { return .tcp(host: host, port: Int(port)) }
        guard host.hasPrefix("["), let inner = HostName.unbracketed(host) else {
            throw not(argument, "\(wanted): the host must be a number")
        }
        return .tcp(host: inner, port: Int(port))
    }
}
