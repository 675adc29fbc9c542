/// A message as the strict grammar reads it.
struct Message: Sendable {
    var start: [String] = []
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var isChunked = false
    /// How many bytes it took on the wire.
    var length = 0

    var method: String { start.first ?? "" }
    var target: String { start.count > 1 ? start[1] : "" }
    var status: Int { start.count > 1 ? Int(start[1]) ?? 0 : 0 }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The values of all fields of that name, in any case.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    subscript(name: String) -> String? { all(name).first }

    /// Whether a field of that name, or one that looks like it, is there.
    func has(_ name: String) -> Bool {
        let wanted = Oracle.plain(name)
        return fields.contains { Oracle.plain($0.name) == wanted }
    }
}

/// The forwarded-bytes oracle: says of exact bytes whether they are one message by the strictest
/// reading of RFC 9110 and 9112, so that no receiver can read them in another way.
///
/// It shares no code with the proxy, so that it does not share its mistakes.
enum Oracle {
    enum Verdict: Sendable {
        case complete(Message)
        case incomplete
        case violation(String)
    }

    /// Which way a message goes.
    enum Direction: Sendable, Equatable {
        case request
        /// An answer to a request of that method.
        case response(to: String)
    }

    private struct Violation: Error { let reason: String }

    /// Reads one message at the front of the bytes; `isEnded` says that no byte follows any more,
    /// which ends a response without a length.
    static func read(
        _ bytes: ArraySlice<UInt8>,
        _ direction: Direction,
        isEnded: Bool = false
    ) -> Verdict {
        do {
            guard var message = try head(bytes, direction) else { return .incomplete }
            guard try body(bytes, direction, isEnded, &message) else { return .incomplete }
            return .complete(message)
        } catch {
            let reason = (error as? Violation)?.reason ?? "\(error)"
            return .violation("\(reason) in \(String(decoding: bytes.prefix(300), as: UTF8.self))")
        }
    }

    /// A name with case and the difference between `_` and `-` taken away.
    static func plain(_ name: String) -> String {
        name.lowercased().replacing("_", with: "-")
    }

    // MARK: Head

    /// Reads start line and fields; nil while the empty line is missing.
    private static func head(_ bytes: ArraySlice<UInt8>, _ direction: Direction) throws -> Message?
    {
        var message = Message()
        var index = bytes.startIndex
        var isFirst = true
        while let end = bytes[index...].firstIndex(of: 10) {
            let line = bytes[index..<end]
            guard line.last == 13, !line.dropLast().contains(13) else {
                throw Violation(reason: "bare CR or LF")
            }
            let content = line.dropLast()
            index = end + 1
            if isFirst {
                message.start = try startLine(content, direction)
                isFirst = false
            } else if content.isEmpty {
                message.length = index - bytes.startIndex
                try check(message, direction)
                return message
            } else {
                message.fields.append(try field(content))
            }
        }
        return nil
    }

    private static func startLine(
        _ line: ArraySlice<UInt8>,
        _ direction: Direction
    ) throws -> [String] {
        let parts = line.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Violation(reason: "start line without three parts") }
        let words = parts.map { String(decoding: $0, as: UTF8.self) }
        if direction == .request {
            guard !parts[0].isEmpty, parts[0].allSatisfy(isToken) else {
                throw Violation(reason: "method")
            }
            guard parts[1].first == 0x2f, parts[1].allSatisfy({ $0 > 32 && $0 < 127 && $0 != 35 })
            else { throw Violation(reason: "target") }
            guard words[2] == "HTTP/1.1" else { throw Violation(reason: "version") }
        } else {
            guard words[0] == "HTTP/1.1" else { throw Violation(reason: "version") }
            guard parts[1].count == 3, parts[1].allSatisfy(isDigit), parts[1].first != 48 else {
                throw Violation(reason: "status")
            }
            guard parts[2].allSatisfy(isValue) else { throw Violation(reason: "reason phrase") }
        }
        return words
    }

    private static func field(_ line: ArraySlice<UInt8>) throws -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: 58) else { throw Violation(reason: "no colon") }
        let name = line[..<colon]
        guard !name.isEmpty, name.allSatisfy(isToken) else { throw Violation(reason: "field name") }
        let value = line[(colon + 1)...].drop { $0 == 32 }
        guard value.allSatisfy(isValue) else { throw Violation(reason: "control byte in a value") }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private static let connectionOnly = [
        "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "http2-settings",
    ]
    private static let callersOwn = [
        "connection", "expect", "proxy-authorization", "forwarded", "x-forwarded-for", "origin",
    ]
    private static let framing = ["transfer-encoding", "content-length", "host", "connection"]

    private static func check(_ message: Message, _ direction: Direction) throws {
        let lengths = message.all("content-length")
        let codings = message.all("transfer-encoding")
        guard lengths.count + codings.count <= 1 else { throw Violation(reason: "two framings") }
        if let length = lengths.first {
            let digits = Array(length.utf8)
            guard (1...18).contains(digits.count), digits.allSatisfy(isDigit),
                digits[0] != 48 || digits.count == 1
            else { throw Violation(reason: "Content-Length") }
        }
        guard codings.allSatisfy({ $0 == "chunked" }) else {
            throw Violation(reason: "Transfer-Encoding")
        }
        for (name, value) in message.fields {
            let low = name.lowercased()
            let twin = plain(name)
            if low != twin, framing.contains(twin) { throw Violation(reason: "look-alike \(name)") }
            if connectionOnly.contains(twin) { throw Violation(reason: "hop-by-hop \(name)") }
            if direction == .request, callersOwn.contains(twin) {
                throw Violation(reason: "forwarded \(name)")
            }
            if low == "connection", !["close", "keep-alive"].contains(value) {
                throw Violation(reason: "Connection: \(value)")
            }
        }
        if direction == .request {
            let hosts = message.all("host")
            guard hosts.count == 1, hosts[0].utf8.allSatisfy(isHost), !hosts[0].isEmpty else {
                throw Violation(reason: "Host")
            }
        } else {
            let forbidsBody = message.status < 200 || message.status == 204
            guard !forbidsBody || lengths.count + codings.count == 0 else {
                throw Violation(reason: "framing on \(message.status)")
            }
            guard message.all("connection").count <= 1 else {
                throw Violation(reason: "two Connection lines")
            }
        }
    }

    // MARK: Body

    /// Reads the body behind the head; false while it is not all there.
    private static func body(
        _ bytes: ArraySlice<UInt8>,
        _ direction: Direction,
        _ isEnded: Bool,
        _ message: inout Message
    ) throws -> Bool {
        let start = bytes.startIndex + message.length
        if case .response(let method) = direction {
            let status = message.status
            if method == "HEAD" || status < 200 || status == 204 || status == 304 { return true }
        }
        if message.has("transfer-encoding") { return try chunks(bytes, start, &message) }
        if let length = message["content-length"].flatMap({ Int($0) }) {
            guard bytes.endIndex - start >= length else { return false }
            message.body = Array(bytes[start..<(start + length)])
            message.length += length
            return true
        }
        if direction == .request { return true }
        guard isEnded else { return false }
        message.body = Array(bytes[start...])
        message.length = bytes.count
        return true
    }

    private static func chunks(
        _ bytes: ArraySlice<UInt8>,
        _ start: Int,
        _ message: inout Message
    ) throws -> Bool {
        message.isChunked = true
        var index = start
        while let end = bytes[index...].firstIndex(of: 10) {
            let line = bytes[index..<end]
            let digits = line.dropLast()
            guard line.last == 13, (1...15).contains(digits.count), digits.allSatisfy(isHex),
                let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw Violation(reason: "chunk size line") }
            index = end + 1
            guard bytes.endIndex - index >= size + 2 else { return false }
            message.body += bytes[index..<(index + size)]
            index += size
            guard bytes[index] == 13, bytes[index + 1] == 10 else {
                throw Violation(reason: size == 0 ? "trailers" : "chunk end")
            }
            index += 2
            if size == 0 {
                message.length = index - bytes.startIndex
                return true
            }
        }
        return false
    }

    // MARK: Bytes

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 32 >= 97 && byte | 32 <= 102)
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 32 >= 97 && byte | 32 <= 122)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func isValue(_ byte: UInt8) -> Bool { byte == 9 || byte >= 32 && byte != 127 }

    private static func isHost(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 32 >= 97 && byte | 32 <= 122) || "-._:[]".utf8.contains(byte)
    }
}
