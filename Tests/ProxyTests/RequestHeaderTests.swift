import Testing

/// Which fields reach the upstream.
@Suite struct RequestHeaderTests {
    private static let config = """
        connection api { grant none; field key s3cret;
            api_client { base_uri http://UPSTREAM/base;
                header Authorization "Key {{key}}"; header X-Tenant-Key {{key}};
                default_header X-Version 7; } }
        route /api/ { connection api; header X-Route yes; drop_headers X-Secret-Name; }
        route /cookies/ { connection api; cookies pass; }
        """

    private func forwarded(_ fields: String, target: String = "/api/x") async throws -> Message {
        var seen = Message()
        try await Scene.run(Self.config) { scene in
            #expect(try scene.get(target, fields).status == 200)
            seen = try #require(await scene.upstream.requests.last)
        }
        return seen
    }

    @Test(arguments: [
        "Proxy-Authorization", "X-Api-Key", "Private-Token", "Cookie", "Forwarded",
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Anything", "Keep-Alive",
        "Proxy-Connection", "TE", "Trailer", "HTTP2-Settings", "X-Secret-Name", "x-secret_name",
        "Transfer_Encoding", "Content_Length", "X_Forwarded_For", "Proxy_Authorization",
        "X_Api_Key",
    ])
    func `drops`(name: String) async throws {
        let seen = try await forwarded("\(name): mine\r\nX-Kept: yes\r\n")
        #expect(!seen.has(name))
        #expect(seen["X-Kept"] == "yes")
    }

    @Test func `a field that ends here leaves its place to the default`() async throws {
        let seen = try await forwarded("X-Version: 1\r\nConnection: X-Version\r\n")
        #expect(seen.all("X-Version") == ["7"])
    }

    @Test(arguments: [
        "Authorization: Bearer mine", "authorization: a\r\nAUTHORIZATION: b",
        "Connection: Authorization, X-Tenant-Key, X-Route, Host",
        "Connection: authorization\r\nAuthorization: mine\r\nConnection: x-tenant-key",
        "X_Tenant_Key: mine\r\nX-TENANT-KEY: mine\r\nX_Route: no\r\nx-route: no",
        "Connection: , ,\r\nConnection: X-Tenant-Key,close , keep-alive",
    ])
    func `injects its own last and once`(fields: String) async throws {
        let seen = try await forwarded(fields + "\r\n")
        let last = seen.fields.suffix(3).map { "\($0.name): \($0.value)" }
        #expect(last == ["Authorization: Key s3cret", "X-Tenant-Key: s3cret", "X-Route: yes"])
        for name in ["Authorization", "X-Tenant-Key", "X-Route"] {
            #expect(seen.fields.filter { Oracle.plain($0.name) == name.lowercased() }.count == 1)
        }
        #expect(!seen.has("Connection"))
    }

    @Test func `adds Via to both messages where the route says so`() async throws {
        try await Scene.run(Scene.plain(route: "via on;")) { scene in
            let answer = try scene.get("/api/x", "Via: 1.1 before\r\n")
            let own = try #require(answer["Via"])
            #expect(own.hasPrefix("1.1 attache-"))
            #expect(await scene.upstream.requests.last?.all("Via") == ["1.1 before", own])
        }
    }

    @Test(arguments: [
        // What a connection injects, what its route does, and what the upstream is to see.
        ("header Authorization connection;", "header authorization route;", "route"),
        ("default_header Authorization default; header Authorization own;", "", "own"),
        ("default_header Authorization default;", "header Authorization route;", "route"),
        ("default_header X-Request-Id default;", "header X-Request-Id route;", "route"),
        ("header X-Request-Id own;", "", "own"), ("header Traceparent own;", "", "own"),
        ("header Via own;", "via on;", "own"), ("default_header Via default;", "", "default"),
        ("default_header X-Request-Id default;", "", "mine"),
    ])
    func `sends each injected field once`(api: String, route: String, wanted: String) async throws {
        let name = String((route.contains("eader") ? route : api).split(separator: " ")[1])
        try await Scene.run(Scene.plain(api: api, route: route)) { scene async throws in
            let others = name == "Via" ? "" : "\(name): mine\r\n"
            #expect(try scene.get("/api/x", others).status == 200)
            #expect(await scene.upstream.requests.last?.all(name) == [wanted])
        }
    }

    @Test func `a default stands back behind the token`() async throws {
        let config = Scene.tokened(api: "default_header Authorization default;")
        try await Scene.run(config) { scene async throws in
            scene.tokens.publish("secret", generation: 1)
            #expect(try scene.get("/api/x").status == 200)
            #expect(await scene.upstream.requests.last?.all("Authorization") == ["Bearer secret"])
        }
    }

    @Test func `drops what Connection lists in any case`() async throws {
        let seen = try await forwarded(
            "Connection: x-HOP,\tX-other ,\r\nX-Hop: 1\r\nX-Other: 2\r\n"
        )
        #expect(!seen.has("X-Hop") && !seen.has("X-Other"))
    }

    @Test func `keeps a body whose framing Connection lists`() async throws {
        try await Scene.run(Self.config) { scene in
            let fields = "Connection: content-length, host, transfer-encoding\r\n"
            let answer = try scene.ask(Scene.post("body", fields))
            #expect(answer.status == 200)
            #expect(await scene.upstream.requests.last?.text == "body")
        }
    }

    @Test func `sets the upstream's host`() async throws {
        try await Scene.run(Self.config) { scene in
            _ = try scene.get("/api/x", "X-Host: evil.example\r\n")
            let port = scene.upstream.port
            #expect(await scene.upstream.requests.last?.all("Host") == ["127.0.0.1:\(port)"])
        }
    }

    @Test func `gives a default only where the caller has none`() async throws {
        #expect(try await forwarded("")["X-Version"] == "7")
        #expect(try await forwarded("x-version: 8\r\n").all("X-Version") == ["8"])
    }

    @Test func `keeps order, repetitions and odd values`() async throws {
        let seen = try await forwarded("A: 1\r\nB: \r\nA: 2\r\nC: \u{e9} \t x\r\nA: 3\r\n")
        #expect(seen.all("A") == ["1", "2", "3"])
        #expect(seen.all("B") == [""])
        #expect(seen.all("C") == ["\u{e9} \t x"])
    }

    @Test func `passes cookies only where told`() async throws {
        let fields = "Cookie: a=1\r\nCookie: b=2\r\n"
        #expect(try await forwarded(fields).all("Cookie").isEmpty)
        #expect(try await forwarded(fields, target: "/cookies/x").all("Cookie") == ["a=1", "b=2"])
    }

    @Test func `names requests that have no name`() async throws {
        let made = try await forwarded("")
        let id = try #require(made["X-Request-Id"])
        #expect(id.count == 32 && id.allSatisfy(\.isHexDigit))
        let trace = try #require(made["Traceparent"]).split(separator: "-").map(String.init)
        #expect(trace[0] == "00" && trace[1] == id && trace[2].count == 16 && trace[3] == "00")
        let trail = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let passed = try await forwarded("x-request-id: mine-1\r\ntraceparent: \(trail)\r\n")
        #expect(passed.all("X-Request-Id") == ["mine-1"])
        #expect(passed.all("Traceparent") == [trail])
        let bad = try await forwarded("X-Request-Id: a\"b\r\n")
        #expect(bad.all("X-Request-Id").count == 1)
        #expect(bad["X-Request-Id"]?.count == 32)
    }

    @Test func `speaks 1.1 upstream for a 1.0 client`() async throws {
        try await Scene.run(Self.config) { scene in
            let client = try scene.client()
            try client.send("GET /api/x HTTP/1.0\r\nHost: localhost\r\n\r\n")
            let answer = try client.next()
            #expect(answer["Connection"] == "close")
            try client.readToEnd()
            let kept = try scene.client()
            for _ in 0..<2 {
                try kept.send(
                    "GET /api/x HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
                )
                #expect(try kept.next()["Connection"] == "keep-alive")
            }
        }
    }

    @Test func `forwards no upgrade and reads what follows as a request`() async throws {
        try await Scene.run(Self.config) { scene in
            let client = try scene.client()
            try client.send(
                "GET /api/a HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    + "Upgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
                    + "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            #expect(try client.next().status == 200)
            #expect(try client.next().status == 404)
            #expect(await scene.upstream.requests.count == 1)
            #expect(await scene.upstream.requests.last?.has("Upgrade") == false)
        }
    }
}
