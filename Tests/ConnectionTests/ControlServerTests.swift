import Bytes
import Connection
import HTTP
import IO
import Testing
import Time

/// A server that says what it heard, and its callers, on one loop.
actor Visitor: LoopActor {
    nonisolated let loop: EventLoop
    private let socket: ListeningSocket
    private nonisolated let server: ControlServer

    init(limits: ControlServer.Limits = ControlServer.Limits()) throws {
        loop = try EventLoop(name: "control-test")
        let address = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        socket = try ListeningSocket(address, shared: false)
        server = ControlServer(
            socket,
            on: loop,
            limits: limits,
            refusing: { status, message in
                Response(status: status, body: Array("no: \(message)".utf8))
            },
            answering: { request in
                if request.path == "/broken" {
                    return Response(status: 200, fields: ["X-Bad": "a\r\nb"])
                }
                let text = String(decoding: request.body.prefix(100), as: UTF8.self)
                let host = request.fields["Host"] ?? "-"
                let line =
                    "\(request.method) \(request.target) \(host) \(request.body.count) \(text)"
                return Response(status: 200, body: Array(line.utf8))
            }
        )
    }

    /// Runs the server for as long as the body lasts; both must end for this to return.
    static func visit(
        limits: ControlServer.Limits = ControlServer.Limits(),
        _ body: @Sendable (Visitor) async throws -> Void
    ) async throws {
        let visitor = try Visitor(limits: limits)
        let running = visitor.loop.start { try? await visitor.server.run() }
        do {
            try await body(visitor)
        } catch {
            Issue.record(error)
        }
        await visitor.server.stop(until: .now + .seconds(20))
        await running.value
        await visitor.closeSocket()
        visitor.loop.stop()
    }

    private func closeSocket() { socket.close() }

    func connect() async throws -> ByteStream {
        try await ByteStream.connect(
            to: server.address,
            on: loop,
            until: loop.now + .seconds(20)
        )
    }

    /// Sends bytes, all at once or one by one, and reads until the server closes.
    func exchange(_ text: String, body: [UInt8] = [], byByte: Bool = false) async throws -> String {
        let stream = try await connect()
        defer { stream.close() }
        let bytes = Array(text.utf8) + body
        let pieces = byByte ? bytes.map { [$0] } : [bytes]
        for piece in pieces {
            let out = Buffer(capacity: max(64, piece.count))
            out.append(piece)
            try await stream.drain(out, until: loop.now + .seconds(20))
            // Lets the server read what is there so far.
            if byByte { await loop.sleep(until: loop.now) }
        }
        return try await readToEnd(of: stream)
    }

    func readToEnd(of stream: ByteStream) async throws -> String {
        let buffer = Buffer(capacity: 65_536)
        while try await stream.fill(buffer, until: loop.now + .seconds(20)) > 0 {
            buffer.reserve(65_536)
        }
        return Self.text(buffer)
    }

    /// Connects while another connection stays open and idle; the idle one is answered first.
    func exchangeBesideIdle() async throws -> String {
        let idle = try await connect()
        defer { idle.close() }
        let out = Buffer(capacity: 64)
        out.append("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n")
        try await idle.drain(out, until: loop.now + .seconds(20))
        let answer = Buffer(capacity: 4096)
        _ = try await idle.fill(answer, until: loop.now + .seconds(20))
        #expect(Self.text(answer).hasSuffix("GET /idle h 0 "))
        return try await exchange("")
    }

    /// Opens a connection, has it answered, stops the server and reads on.
    func stopBesideIdle() async throws -> String {
        let idle = try await connect()
        defer { idle.close() }
        let out = Buffer(capacity: 64)
        out.append("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n")
        try await idle.drain(out, until: loop.now + .seconds(20))
        let answer = Buffer(capacity: 4096)
        _ = try await idle.fill(answer, until: loop.now + .seconds(20))
        await server.stop(until: loop.now + .seconds(20))
        return try await readToEnd(of: idle)
    }

    private static func text(_ buffer: Buffer) -> String {
        var bytes: [UInt8] = []
        buffer.withReadable { span in for index in span.indices { bytes.append(span[index]) } }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct ControlServerTests {
    private static let get = "GET /a?b HTTP/1.1\r\nHost: h:1\r\n\r\n"
    private static let last = "GET /z HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n\r\n"
    private static let put = "PUT /p HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n"

    @Test func `one connection serves many requests, sent at once too`() async throws {
        try await Visitor.visit { visitor in
            let head = "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n"
            let text = try await visitor.exchange(Self.get + head + Self.get + Self.last)
            #expect(text.ranges(of: "HTTP/1.1 200 OK\r\n").count == 4)
            #expect(text.ranges(of: "GET /a?b h:1 0 ").count == 2)
            #expect(!text.contains("HEAD /h") && text.contains("Content-Length: 12\r\n"))
            #expect(text.ranges(of: "\r\nConnection: close\r\n").count == 1)
            #expect(text.hasSuffix("\r\n\r\nGET /z h:1 0 ") && text.contains("\r\nDate: "))
        }
    }

    @Test(arguments: [
        ("Content-Length: 5\r\n\r\nhello", "PUT /p h:1 5 hello"),
        (
            "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: x\r\n\r\n",
            "PUT /p h:1 5 hello"
        ),
        ("Content-Length: 0\r\n\r\n", "PUT /p h:1 0 "),
    ])
    func `bodies arrive whole, at once or byte by byte`(
        rest: String,
        wanted: String
    ) async throws {
        try await Visitor.visit { visitor in
            for byByte in [false, true] {
                let text = try await visitor.exchange(Self.put + rest, byByte: byByte)
                #expect(
                    text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\n\(wanted)")
                )
            }
        }
    }

    @Test func `asks for a body that waits to be asked for`() async throws {
        try await Visitor.visit { visitor in
            let rest = "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
            let text = try await visitor.exchange(Self.put + rest)
            #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            let none = try await visitor.exchange(
                Self.put + "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"
            )
            #expect(none.hasPrefix("HTTP/1.1 413 ") && !none.contains("100 Continue"))
        }
    }

    @Test func `the largest body is taken, and one byte more is not`() async throws {
        let body = [UInt8](repeating: 0x61, count: 1 << 20)
        let chunked = "Transfer-Encoding: chunked\r\n\r\n"
        let end = Array("\r\n0\r\n\r\n".utf8)
        try await Visitor.visit { visitor in
            let plain = "Content-Length: 1048576\r\n\r\n"
            let taken = try await visitor.exchange(Self.put + plain, body: body)
            #expect(taken.contains("PUT /p h:1 1048576 aaa"))
            let pieces = try await visitor.exchange(
                Self.put + chunked + "100000\r\n",
                body: body + end
            )
            #expect(pieces.contains("PUT /p h:1 1048576 aaa"))
            let more = try await visitor.exchange(
                Self.put + "Content-Length: 1048577\r\n\r\n",
                body: body + [0x61]
            )
            #expect(more.hasPrefix("HTTP/1.1 413 ") && more.contains("\r\nConnection: close\r\n"))
            #expect(more.hasSuffix("no: The body is too large."))
            let morePieces = try await visitor.exchange(
                Self.put + chunked + "100001\r\n",
                body: body + [0x61] + end
            )
            #expect(morePieces.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("\u{0}\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (
            "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400
        ),
        ("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", 417),
        ("GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (
            "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n",
            431
        ),
    ])
    func `what is no request is refused and the connection closed`(
        text: String,
        status: Int
    ) async throws {
        try await Visitor.visit { visitor in
            let answer = try await visitor.exchange(text + Self.get)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.ranges(of: "\r\nDate: ").count == 1 && answer.contains("\r\n\r\nno: "))
        }
    }

    @Test func `the host of an absolute target is the host`() async throws {
        try await Visitor.visit { visitor in
            let text = try await visitor.exchange(
                "GET http://other:2/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            #expect(text.hasSuffix("\r\n\r\nGET /x other:2 0 "))
        }
    }

    @Test func `an answer that cannot be sent becomes a 500`() async throws {
        try await Visitor.visit { visitor in
            let text = try await visitor.exchange(
                "GET /broken HTTP/1.1\r\nHost: h\r\n\r\n" + Self.last
            )
            #expect(text.hasPrefix("HTTP/1.1 500 ") && text.contains("GET /z h:1 0 "))
            #expect(!text.contains("X-Bad"))
        }
    }

    @Test func `a request that does not come in time is told so, silence is not`() async throws {
        var limits = ControlServer.Limits()
        limits.header = .milliseconds(1)
        limits.body = .milliseconds(1)
        try await Visitor.visit(limits: limits) { visitor in
            let text = try await visitor.exchange("")
            #expect(text.isEmpty)
        }
        limits.header = .seconds(20)
        limits.keepAlive = .milliseconds(1)
        try await Visitor.visit(limits: limits) { visitor in
            let half = try await visitor.exchange(Self.put + "Content-Length: 5\r\n\r\nhel")
            #expect(half.hasPrefix("HTTP/1.1 408 "))
            let idle = try await visitor.exchange(Self.get)
            #expect(idle.hasSuffix("GET /a?b h:1 0 "))
        }
    }

    @Test func `more connections than may be are refused`() async throws {
        var limits = ControlServer.Limits()
        limits.connections = 1
        try await Visitor.visit(limits: limits) { visitor in
            let text = try await visitor.exchangeBesideIdle()
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("\r\nRetry-After: 1\r\n"))
        }
    }

    @Test func `stopping ends idle connections`() async throws {
        try await Visitor.visit { visitor in
            let text = try await visitor.stopBesideIdle()
            #expect(text.isEmpty)
        }
    }
}
