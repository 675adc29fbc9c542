import Support
import Testing

/// Upstreams that are not there, that say nothing or nonsense, and clients that leave.
@Suite struct FailureTests {
    private static let get = "GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func config(_ base: String) -> String {
        Scene.plain().replacing("http://UPSTREAM", with: base)
    }

    @Test func `says that nobody listens`() async throws {
        let port = try FreePort.next()
        try await Scene.run(config("http://127.0.0.1:\(port)")) { scene in
            for request in [Self.get, Scene.post("body"), Scene.chunked(["body"])] {
                let client = try scene.client()
                try client.send(request + Self.get)
                for _ in 0..<2 {
                    let answer = try client.next()
                    #expect(answer.status == 502)
                    #expect(answer.text.contains("upstream_connect"))
                    #expect(answer.text.contains("cannot be reached: connection refused."))
                }
                #expect(client.received.isEmpty)
            }
        }
    }

    @Test func `says that TLS failed, and sends nothing in clear`() async throws {
        let config = Scene.plain().replacing("http://UPSTREAM", with: "https://UPSTREAM")
        let clear = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        try await Scene.run(config, greeting: clear) { scene in
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 502)
            #expect(answer.text.contains("upstream_tls"))
            let bytes = await scene.upstream.received.first ?? []
            #expect(bytes.firstRange(of: Array("HTTP/1.1".utf8)) == nil)
        }
    }

    @Test(arguments: [
        "", "garbage", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0-x\r\n",
    ])
    func `answers for an upstream that talks nonsense`(text: String) async throws {
        try await Scene.run(script: { _ in Reply(.text(text), .close) }) { scene in
            for request in [Self.get, Scene.post("body"), Scene.chunked(["body"])] {
                let answer = try scene.ask(request)
                #expect(answer.status == 502)
                #expect(answer.text.contains("upstream_protocol"))
                #expect(answer["Proxy-Status"] == "attache; error=http_protocol_error")
            }
        }
    }

    @Test func `answers for a body that is broken where it begins`() async throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        try await Scene.run(script: { $0.number % 2 == 0 ? Reply(.text(text)) : .ok }) { scene in
            for request in [Self.get, Scene.post("body"), Scene.chunked(["body"])] {
                let client = try scene.client()
                try client.send(request + Self.get)
                let answer = try client.next()
                #expect(answer.status == 502)
                #expect(answer.text.contains("upstream_protocol"))
                #expect(try client.next().status == 200)
            }
        }
    }

    @Test func `hands on what is good of a body before it breaks off`() async throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4\r\ngood\r\n3\r\nfor\r\nzz\r\n"
        try await Scene.run(script: { _ in Reply(.text(text)) }) { scene in
            let client = try scene.client()
            try client.send(Self.get)
            try client.readToEnd()
            let received = String(decoding: client.received, as: UTF8.self)
            #expect(received.hasSuffix("\r\n\r\n7\r\ngoodfor\r\n"))
            await scene.stop()
            #expect(scene.lines.text.contains("\"error\":\"upstream_protocol\""))
        }
    }

    @Test func `answers for an upstream that says nothing`() async throws {
        let config = Scene.plain(route: "timeouts first_byte=50ms;")
        try await Scene.run(config, script: { _ in Reply(.wait("never"), .close) }) { scene in
            for request in [Self.get, Scene.post("body"), Scene.chunked(["body"])] {
                let answer = try scene.ask(request)
                #expect(answer.status == 504)
                #expect(answer.text.contains("upstream_timeout"))
            }
            await scene.upstream.openGate("never")
        }
    }

    @Test func `breaks off an answer that stops coming`() async throws {
        let config = Scene.plain(route: "timeouts idle=50ms;")
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
        try await Scene.run(
            config,
            script: { _ in Reply(.text(text), .wait("go"), .close) },
            { scene in
                let client = try scene.client()
                try client.send(Self.get)
                try client.readToEnd()
                #expect(throws: TestFailure.self) { try client.next() }
                await scene.upstream.openGate("go")
            }
        )
    }

    @Test func `lets go of the upstream when the client is gone`() async throws {
        try await Scene.run(script: { _ in Reply() }) { scene in
            let client = try scene.client()
            try client.send(Self.get)
            #expect(await scene.upstream.until { $0.requests.count == 1 })
            client.abort()
            #expect(await scene.upstream.until { $0.ended.contains(0) })
            let next = try scene.client()
            try next.send(Self.get)
            #expect(await scene.upstream.until { $0.requests.count == 2 })
            #expect(await scene.upstream.received.count == 2)
            await scene.stop()
            #expect(scene.lines.text.contains("\"status\":499"))
        }
    }

    @Test func `lets no upstream run ahead of a slow reader`() async throws {
        let reply = Reply(.text("HTTP/1.1 200 OK\r\n\r\n"), .flood)
        try await Scene.run(script: { _ in reply }) { scene in
            let client = try RawClient(port: scene.port, receiveBuffer: 8 << 10)
            try client.send(Self.get)
            // The flood ends when nothing has been taken for a while: the buffers are full.
            #expect(await scene.upstream.until { $0.floodIsOver })
            #expect(await scene.upstream.floodBytes < 16 << 20)
            client.abort()
        }
    }
}
