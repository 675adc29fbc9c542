import Glibc

/// A small blocking HTTP client over one plain TCP connection, which sends what it is told to,
/// well-formed or not, and reads answers piece by piece.
///
/// It shares no code with the proxy, so that it does not share its mistakes.
package final class HTTPProbe {
    private let socket: Int32
    /// Received, and not read yet.
    private var received: [UInt8] = []
    private var framing = BodyFraming.left(0)
    private var piece: [UInt8]

    /// Connects to 127.0.0.1:`port`.
    ///
    /// Each read and write waits at most `timeout` seconds. `receiveBuffer` bytes, when given, is what the kernel may keep for a reader that does not
    /// read.
    package init(port: Int, timeout: Int = 30, receiveBuffer: Int? = nil) throws {
        piece = [UInt8](repeating: 0, count: 256 << 10)
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard socket >= 0 else { throw TestFailure("no socket: error \(errno)") }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        if let receiveBuffer {
            var bytes = Int32(receiveBuffer)
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(4))
        }
        guard unsafe Loopback.withAddress(port: port, { unsafe connect(socket, $0, $1) }) == 0
        else {
            throw TestFailure("cannot connect to port \(port): error \(errno)")
        }
    }

    deinit {
        close(socket)
    }

    /// Whether something accepts connections on `port`.
    package static func accepts(_ port: Int) -> Bool {
        (try? HTTPProbe(port: port, timeout: 1)) != nil
    }

    // MARK: Sending

    package func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    package func send(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes[start...].withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw TestFailure("cannot send: error \(errno)") }
            start += count
        }
    }

    /// Sends `count` bytes of zero.
    package func sendZeros(_ count: Int) throws {
        let zeros = [UInt8](repeating: 0, count: 256 << 10)
        var left = count
        while left > 0 {
            try send(left >= zeros.count ? zeros : Array(zeros[..<left]))
            left -= min(left, zeros.count)
        }
    }

    /// Tells the peer that nothing more comes, and goes on reading.
    package func finishSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    // MARK: Receiving

    /// Reads the head of the next final answer; what follows is read with `nextPart`.
    ///
    /// `method` is that of the request: an answer to HEAD has no body.
    package func readHead(answering method: String = "GET") throws -> ProbeResponse {
        var interim: [Int] = []
        while true {
            let end = try position(of: [13, 10, 13, 10])
            var response = try ProbeResponse(head: Array(received[..<end]))
            received.removeFirst(end + 4)
            if (100..<200).contains(response.status) && response.status != 101 {
                interim.append(response.status)
                continue
            }
            response.interim = interim
            framing = try response.framing(answering: method)
            return response
        }
    }

    /// Reads the head of the next interim answer (1xx) alone and returns its status.
    package func readInterim() throws -> Int {
        let end = try position(of: [13, 10, 13, 10])
        let response = try ProbeResponse(head: Array(received[..<end]))
        received.removeFirst(end + 4)
        return response.status
    }

    /// Reads the next piece of the body without its chunk framing; nil at its end.
    package func nextPart() throws -> [UInt8]? {
        switch framing {
        case .left(0):
            return nil
        case .left(let count):
            let part = try take(atMost: count)
            framing = .left(count - part.count)
            return part
        case .untilClose:
            if received.isEmpty, try !receive() { return nil }
            return try take(atMost: received.count)
        case .chunked(left: 0):
            return try nextChunk()
        case .chunked(let count):
            return try takeChunk(count)
        }
    }

    /// Reads a whole answer.
    package func readResponse(answering method: String = "GET") throws -> ProbeResponse {
        var response = try readHead(answering: method)
        while let part = try nextPart() { response.body += part }
        return response
    }

    /// Reads the rest of a body, keeping nothing, and returns how many bytes it had.
    package func countBody() throws -> Int {
        var count = 0
        while let part = try nextPart() { count += part.count }
        return count
    }

    /// Whether the peer has closed the connection and nothing unread is left; waits for either.
    package func isAtEnd() throws -> Bool {
        try received.isEmpty && !receive()
    }

    // MARK: Parts

    /// Reads a chunk's size line, and its first piece; at the last chunk, the trailers.
    private func nextChunk() throws -> [UInt8]? {
        let line = try readLine()
        let digits = line.prefix { $0 != ";" && $0 != " " }
        guard let count = Int(digits, radix: 16) else { throw TestFailure("chunk size: \(line)") }
        if count > 0 { return try takeChunk(count) }
        while try !readLine().isEmpty {}
        framing = .left(0)
        return nil
    }

    private func takeChunk(_ count: Int) throws -> [UInt8] {
        let part = try take(atMost: count)
        framing = .chunked(left: count - part.count)
        if part.count == count, try !readLine().isEmpty {
            throw TestFailure("a chunk without a line end")
        }
        return part
    }

    private func readLine() throws -> String {
        let end = try position(of: [13, 10])
        defer { received.removeFirst(end + 2) }
        return String(decoding: received[..<end], as: UTF8.self)
    }

    private func take(atMost count: Int) throws -> [UInt8] {
        if received.isEmpty, try !receive() { throw TestFailure("the answer ends too early") }
        guard received.count > count else {
            defer { received.removeAll(keepingCapacity: true) }
            return received
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    /// Receives until `mark` is there and returns where it begins.
    private func position(of mark: [UInt8]) throws -> Int {
        while true {
            let last = received.count - mark.count
            if last >= 0,
                let start = (0...last).first(where: { received[$0...].starts(with: mark) })
            {
                return start
            }
            guard try receive() else {
                let text = String(decoding: received, as: UTF8.self)
                throw TestFailure("closed before the end of a head or line; so far: \(text)")
            }
        }
    }

    /// Waits for more bytes; false when the peer has closed.
    private func receive() throws -> Bool {
        while true {
            let count = unsafe recv(socket, &piece, piece.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == ECONNRESET { return false }
            guard count >= 0 else {
                throw TestFailure(
                    errno == EAGAIN ? "nothing came in time" : "cannot receive: error \(errno)"
                )
            }
            received += piece[..<count]
            return count > 0
        }
    }
}

extension HTTPProbe {
    /// Sends one request on a connection of its own and reads the answer.
    ///
    /// `host`: what `Host` says; nil for the address itself.
    package static func fetch(
        _ path: String,
        method: String = "GET",
        port: Int,
        host: String? = nil,
        fields: [(String, String)] = [],
        body: String? = nil,
        timeout: Int = 30
    ) throws -> ProbeResponse {
        let probe = try HTTPProbe(port: port, timeout: timeout)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        try probe.send(head + "Connection: close\r\n\r\n" + (body ?? ""))
        return try probe.readResponse(answering: method)
    }
}
