import JSON
import Time
import Bytes
import Crypto
import IO
import Sandbox
import Testing

/// How a connection ended for its caller.
enum Ending: Equatable {
    case finished, broken
}

/// A caller with a socket, and the sandbox that it calls, on one loop.
actor Visitor: LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let server: SandboxServer

    init(_ names: String...) throws {
        loop = try EventLoop(name: "sandbox-test")
        server = try SandboxServer(
            try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
            names.compactMap(Personality.named),
            on: loop
        )
    }

    /// Runs the sandbox for as long as the body lasts; both must end for this to return.
    nonisolated func visit(_ body: @Sendable (Visitor) async throws -> Void) async throws {
        let running = loop.start { try? await self.server.run() }
        do {
            try await body(self)
        } catch {
            Issue.record(error)
        }
        await server.stop()
        await running.value
        loop.stop()
    }

    func connect() async throws -> ByteStream {
        try await ByteStream.connect(
            to: server.address,
            on: loop,
            until: loop.now + .seconds(20)
        )
    }

    /// Sends bytes and reads until the sandbox closes.
    func exchange(_ text: String, body: [UInt8] = []) async throws -> (String, Ending) {
        let stream = try await connect()
        defer { stream.close() }
        let buffer = Buffer(capacity: 1024)
        buffer.append(text)
        buffer.append(body)
        try await stream.drain(buffer, until: loop.now + .seconds(20))
        return try await readToEnd(of: stream)
    }

    func readToEnd(of stream: ByteStream) async throws -> (String, Ending) {
        let buffer = Buffer(capacity: 65_536)
        var ending = Ending.finished
        do throws(IOError) {
            while try await stream.fill(buffer, until: loop.now + .seconds(20)) > 0 {
                buffer.reserve(65_536)
            }
        } catch {
            #expect(error == .closed)
            ending = .broken
        }
        var bytes: [UInt8] = []
        buffer.withReadable { span in for index in span.indices { bytes.append(span[index]) } }
        return (String(decoding: bytes, as: UTF8.self), ending)
    }

    /// A call with its own connection; answers the body.
    func call(_ method: String, _ target: String, _ body: String = "") async throws -> JSONValue {
        let (text, _) = try await exchange(Self.head(method, target, body) + body)
        return Self.body(text)
    }

    /// Asks for the statistics until they are as wanted; gives up after many answers.
    func waitForStats(_ isWanted: (JSONValue) -> Bool) async throws -> Bool {
        for _ in 0..<2000 where isWanted(try await call("GET", "/sandbox/stats")) { return true }
        return false
    }

    /// Sends a call that is not answered, waits until it is under way, and goes away.
    func abandon(_ text: String) async throws -> Bool {
        let stream = try await connect()
        let buffer = Buffer(capacity: 1024)
        buffer.append(text)
        try await stream.drain(buffer, until: loop.now + .seconds(20))
        let arrived = try await waitForStats { $0["parallel"] == 1 }
        stream.close()
        return arrived
    }

    static func head(_ method: String, _ target: String, _ body: String) -> String {
        "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n"
    }

    static func body(_ text: String) -> JSONValue {
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return .null }
        return JSONValue(json: Array(text[gap.upperBound...].utf8)) ?? .null
    }

    /// A call of the token endpoint as the client `demo`.
    static func tokenCall(_ form: String = "grant_type=client_credentials") -> String {
        let credentials = Base64.encode(Array("demo:demo-secret".utf8))
        return "POST /token HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic \(credentials)\r\n"
            + "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
            + "Content-Length: \(form.utf8.count)\r\n\r\n\(form)"
    }
}

@Suite struct ServerTests {
    @Test(arguments: [("0.0.0.0", 0), ("10.1.2.3", 80), ("::", 0), ("192.0.2.1", 1)])
    func `an address that others could reach is refused`(ip: String, port: Int) throws {
        let loop = try EventLoop(name: "sandbox-test")
        defer { loop.stop() }
        let address = try #require(SocketAddress(ip: ip, port: port))
        #expect(throws: SandboxServer.StartError.notLoopback(address)) {
            try SandboxServer(address, on: loop)
        }
    }

    @Test func `gets a token and calls the API with it`() async throws {
        try await Visitor().visit { visitor in
            let (text, ending) = try await visitor.exchange(Visitor.tokenCall())
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && ending == .finished)
            #expect(text.contains("\r\nDate: ") && text.contains("\r\nConnection: close\r\n"))
            let token = Visitor.body(text)["access_token"]?.string ?? ""
            let (echo, _) = try await visitor.exchange(
                "GET /api/x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\n"
                    + "Connection: close\r\n\r\n"
            )
            #expect(Visitor.body(echo)["token", "valid"] == true)
        }
    }

    @Test func `one connection serves many requests, sent at once too`() async throws {
        try await Visitor().visit { visitor in
            let get = "GET /open/slow?ms=1 HTTP/1.1\r\nHost: h\r\n\r\n"
            let last = "HEAD /open/status/404 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            let none = "GET /open/status/204 HTTP/1.1\r\nHost: h\r\n\r\n"
            let (text, ending) = try await visitor.exchange(get + get + none + last)
            #expect(text.components("HTTP/1.1 200 OK\r\n") == 2)
            #expect(text.components("HTTP/1.1 204 No Content\r\n") == 1)
            #expect(text.contains("HTTP/1.1 404 Not Found\r\n") && ending == .finished)
            #expect(text.hasSuffix("\r\nConnection: close\r\n\r\n"))
        }
    }

    @Test func `a large upload is hashed and not kept, chunked or not`() async throws {
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let digest = Hex.encode(SHA256.digest(body))
        try await Visitor().visit { visitor in
            let head = "PUT /open/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
            let (plain, _) = try await visitor.exchange(
                head + "Content-Length: 1000000\r\n\r\n",
                body: body
            )
            #expect(Visitor.body(plain)["body", "sha256"] == .string(digest))
            #expect(Visitor.body(plain)["body", "length"] == 1_000_000)
            let (chunked, _) = try await visitor.exchange(
                head + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\nf4240\r\n",
                body: body + Array("\r\n0\r\n\r\n".utf8)
            )
            #expect(chunked.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
            let answer = String(chunked.dropFirst("HTTP/1.1 100 Continue\r\n\r\n".count))
            #expect(Visitor.body(answer)["body", "sha256"] == .string(digest))
        }
    }

    @Test func `a reset after commit reaches the caller as one, and is counted as lost`()
        async throws
    {
        try await Visitor("reset-after-commit").visit { visitor in
            let (text, ending) = try await visitor.exchange(Visitor.tokenCall())
            #expect(text.isEmpty && ending == .broken)
            let stats = try await visitor.call("GET", "/sandbox/stats")
            #expect(stats["grants", "client_credentials"]?["lost"] == 1)
            #expect(stats["parallel"] == 0)
        }
    }

    @Test func `closes without an answer, or in the middle of one`() async throws {
        try await Visitor("closes").visit { visitor in
            let (text, ending) = try await visitor.exchange(Visitor.tokenCall())
            #expect(text.isEmpty && ending == .finished)
        }
        try await Visitor("cut-off").visit { visitor in
            let (text, ending) = try await visitor.exchange(Visitor.tokenCall())
            #expect(text.hasSuffix("\r\n\r\n{\"access_token\":\"at_") && ending == .finished)
        }
    }

    @Test func `a caller that goes away ends the silence`() async throws {
        try await Visitor("silent").visit { visitor in
            let arrived = try await visitor.abandon(Visitor.tokenCall())
            let ended = try await visitor.waitForStats { $0["parallel"] == 0 }
            #expect(arrived && ended)
        }
    }

    @Test func `stopping ends whoever waits`() async throws {
        try await Visitor("silent").visit { visitor in
            async let silent = visitor.exchange(Visitor.tokenCall())
            let arrived = try await visitor.waitForStats { $0["parallel"] == 1 }
            await visitor.server.stop()
            let answer = try await silent.0
            #expect(arrived && answer.isEmpty)
        }
    }

    @Test func `streams go out chunked, to an old caller until the close`() async throws {
        try await Visitor().visit { visitor in
            let target = "/open/sse?count=2&interval=1"
            let (new, _) = try await visitor.exchange(
                "GET \(target) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            )
            #expect(new.contains("\r\nTransfer-Encoding: chunked\r\n"))
            #expect(new.hasSuffix("data: {\"number\":2}\n\n\r\n0\r\n\r\n"))
            let (old, _) = try await visitor.exchange("GET \(target) HTTP/1.0\r\n\r\n")
            #expect(!old.contains("chunked") && old.hasSuffix("data: {\"number\":2}\n\n"))
        }
    }

    @Test func `a huge reply arrives whole`() async throws {
        try await Visitor("huge").visit { visitor in
            let (text, ending) = try await visitor.exchange(Visitor.tokenCall())
            #expect(text.contains("\r\nContent-Length: 10000000\r\n") && ending == .finished)
            #expect(text.utf8.count > 10_000_000)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400"), ("\u{0}\r\n\r\n", "400"),
        ("GET / HTTP/3.0\r\n\r\n", "505"),
        ("POST /token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
    ])
    func `what is no request is refused and the connection closed`(text: String, status: String)
        async throws
    {
        try await Visitor().visit { visitor in
            let (answer, _) = try await visitor.exchange(text)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int {
        ranges(of: text).count
    }
}
