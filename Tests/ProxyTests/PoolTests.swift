import Testing

/// Upstream connections: kept, queued for, and never mixed up.
@Suite struct PoolTests {
    private static let get = "GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `keeps one connection for one client after another`() async throws {
        try await Scene.run { scene in
            for _ in 0..<5 {
                let answer = try scene.ask(Self.get)
                #expect(answer.status == 200)
            }
            #expect(await scene.upstream.received.count == 1)
        }
    }

    @Test func `keeps none that its upstream wants closed`() async throws {
        let text = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        try await Scene.run(script: { _ in Reply(.text(text)) }) { scene in
            _ = try scene.ask(Self.get)
            _ = try scene.ask(Self.get)
            #expect(await scene.upstream.received.count == 2)
        }
    }

    /// An upstream that closes kept connections on the second request instead of answering.
    private static let stale: @Sendable (Seen) -> Reply = { seen in
        seen.number == 1 ? Reply(.close) : .ok
    }

    @Test(arguments: ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
    func `sends again over a new connection what does no harm twice`(method: String) async throws {
        try await Scene.run(script: Self.stale) { scene in
            let request = "\(method) /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
            _ = try scene.ask(Self.get)
            let answer = try scene.ask(request, method: "HEAD")
            #expect(answer.status == 200)
            #expect(await scene.upstream.requests.count == 3)
        }
    }

    @Test(arguments: [
        "POST /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PATCH /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        Scene.post("body"), Scene.chunked(["body"]),
        Scene.post("body").replacing("POST", with: "PUT"),
    ])
    func `never sends again what may have been done`(request: String) async throws {
        try await Scene.run(script: Self.stale) { scene in
            _ = try scene.ask(Self.get)
            let answer = try scene.ask(request)
            #expect(answer.status == 502)
            #expect(await scene.upstream.requests.count == 2)
        }
    }

    @Test func `gives up when a new connection is closed too`() async throws {
        try await Scene.run(script: { $0.number == 0 ? .ok : Reply(.close) }) { scene in
            _ = try scene.ask(Self.get)
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 502)
            #expect(await scene.upstream.requests.count == 3)
        }
    }

    @Test func `lets twenty requests take turns on one connection`() async throws {
        let config = Scene.plain("upstream connections=1;")
        try await Scene.run(config) { scene in
            for _ in 0..<3 {
                let clients = try (0..<20).map { _ in try scene.client() }
                for client in clients { try client.send(Self.get) }
                for client in clients {
                    let answer = try client.next()
                    #expect(answer.text == "ok")
                }
            }
            #expect(await scene.upstream.requests.count == 60)
            #expect(await scene.upstream.received.count == 1)
        }
    }

    @Test func `refuses whom the queue has no place for`() async throws {
        let config = Scene.plain("upstream connections=1 queue=1 queue_timeout=10s;")
        let reply = Reply(.wait("go"), .text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        try await Scene.run(config, script: { _ in reply }) { scene in
            let first = try scene.client()
            try first.send(Self.get)
            #expect(await scene.upstream.until { $0.waiting == 1 })
            let second = try scene.client()
            try second.send(Self.get)
            // Whoever comes later is served later: the second one waits by now.
            _ = try scene.get("/nowhere")
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "1")
            #expect(answer.text.contains("overloaded"))
            await scene.upstream.openGate("go")
            #expect(try first.next().status == 200)
            #expect(try second.next().status == 200)
        }
    }

    @Test func `refuses who waited too long`() async throws {
        let config = Scene.plain("upstream connections=1 queue_timeout=50ms;")
        let reply = Reply(.wait("go"), .text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        try await Scene.run(config, script: { _ in reply }) { scene in
            let first = try scene.client()
            try first.send(Self.get)
            #expect(await scene.upstream.until { $0.waiting == 1 })
            let late = try scene.ask(Self.get)
            #expect(late.status == 503)
            await scene.upstream.openGate("go")
            #expect(try first.next().status == 200)
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 304 No\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nevil",
    ])
    func `never gives the next client stray bytes`(text: String) async throws {
        try await Scene.run(script: { $0.number == 0 ? Reply(.text(text)) : .ok }) { scene in
            let client = try scene.client()
            try client.send(Self.get)
            let first = try client.next()
            #expect(!first.text.contains("evil"))
            try client.send(Self.get)
            let second = try client.next()
            #expect(second.text == "ok")
            #expect(client.received.isEmpty)
            #expect(await scene.upstream.received.count == 2)
        }
    }

    @Test func `closes what is idle too long`() async throws {
        let config = Scene.plain("upstream idle=1ms;")
        try await Scene.run(config) { scene in
            _ = try scene.ask(Self.get)
            #expect(await scene.upstream.until { $0.ended.contains(0) })
        }
    }

    @Test(arguments: ["127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
    func `does not talk to itself`(host: String) async throws {
        let config = """
            connection api { grant none; api_client { base_uri http://SELF/api/; } }
            route /api/ { connection api; }
            """
        try await Scene.run(config, selfHost: host) { scene in
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 508)
            #expect(answer.text.contains("\"loop\""))
        }
    }

    @Test func `refuses what comes back to it, and nothing of another proxy like it`() async throws
    {
        try await Scene.run(Scene.plain(route: "via on;")) { scene in
            let own = try #require(try scene.get("/api/x")["Via"])
            for fields in ["Via: \(own)", "Via: 1.1 a\r\nvia: 1.0 b,\(own) (c), 1.1 d"] {
                let answer = try scene.get("/api/x", fields + "\r\n")
                #expect(answer.status == 508 && answer.text.contains("\"loop\""))
            }
            for via in ["1.1 attache", "1.1 attache-0123456789abcdef", String(own.dropLast())] {
                #expect(try scene.get("/api/x", "Via: \(via)\r\n").status == 200, "\(via)")
            }
            #expect(await scene.upstream.requests.count == 4)
        }
    }

    @Test func `does not let a template lead to a private address`() async throws {
        for host in ["127.0.0.1", "10.0.0.1", "169.254.169.254"] {
            let config = """
                connection api { grant none; field shop \(host).inner.test;
                    api_client { base_uri http://{{shop}}:9/; allow_hosts *.inner.test; } }
                route /api/ { connection api; }
                """
            try await Scene.run(config) { scene in
                let answer = try scene.ask(Self.get)
                #expect(answer.status == 502)
                #expect(answer["Proxy-Status"]?.contains("destination_ip_prohibited") == true)
            }
        }
    }

    @Test func `lets a template lead to a private address that the file names`() async throws {
        let config = """
            connection api { grant none; field shop http://UPSTREAM;
                api_client { base_uri "{{shop}}/"; allow_hosts 127.0.0.1; } }
            route /api/ { connection api; }
            """
        try await Scene.run(config) { scene in
            let answer = try scene.ask(Self.get)
            #expect(answer.status == 200)
        }
    }
}
