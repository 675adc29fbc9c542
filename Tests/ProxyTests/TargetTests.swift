import Testing

/// Which request goes where, and under which path.
@Suite struct TargetTests {
    private static let config = """
        connection api { grant none; api_client { base_uri http://UPSTREAM/base; } }
        connection deep { grant none; api_client { base_uri http://UPSTREAM/deep/; } }
        connection root { grant none; api_client { base_uri http://UPSTREAM; } }
        connection key { grant none; field key "se cret&=";
            api_client { base_uri http://UPSTREAM/q; query api_key {{key}}; } }
        route /api/ { connection api; }
        route /api/deep/ { connection deep; }
        route /apis/v1/ { connection root; }
        route /slash/ { connection api; encoded_slash pass; }
        route /key/ { connection key; }
        route host=named.example /api/ { connection root; }
        """

    private func targets(
        _ asked: [(String, String)],
        host: String = "localhost"
    ) async throws {
        try await Scene.run(Self.config, listener: "hosts localhost named.example;") { scene in
            let client = try scene.client()
            for (target, wanted) in asked {
                try client.send("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
                #expect(try client.next().status == 200, "\(target)")
                let seen = await scene.upstream.requests.last?.target
                #expect(seen == wanted, "\(target)")
            }
        }
    }

    private func refuses(_ asked: [String], status: Int) async throws {
        try await Scene.run(Self.config) { scene in
            for target in asked {
                let answer = try scene.get(target)
                #expect(answer.status == status, "\(target): \(answer.text)")
            }
            #expect(await scene.upstream.requests.isEmpty)
        }
    }

    @Test func `joins the rest to the base path byte for byte`() async throws {
        try await targets([
            ("/api/users", "/base/users"),
            ("/api/", "/base/"),
            ("/api", "/base"),
            ("/api?x=1", "/base?x=1"),
            ("/api/?", "/base/?"),
            ("/api/a%20b/%C3%A9", "/base/a%20b/%C3%A9"),
            ("/api//x", "/base//x"),
            ("/api///", "/base///"),
            ("/api//evil.example/x", "/base//evil.example/x"),
            ("/api/@evil.example", "/base/@evil.example"),
            ("/api/http://evil.example/", "/base/http://evil.example/"),
            ("/api/..x/x../...", "/base/..x/x../..."),
            ("/api/%2e%2ex", "/base/%2e%2ex"),
            ("/api/x?a=/../..&b=%2e%2e", "/base/x?a=/../..&b=%2e%2e"),
            ("/api/deep", "/deep/"),
            ("/api/deep/", "/deep/"),
            ("/api/deep/x", "/deep/x"),
            ("/api/deeper", "/base/deeper"),
            ("/apis/v1", "/"),
            ("/apis/v1/x", "/x"),
        ])
    }

    @Test func `takes the absolute form without following it`() async throws {
        try await targets([
            ("http://localhost/api/x?y", "/base/x?y"),
            ("HTTP://LOCALHOST:80/api/x", "/base/x"),
            ("http://named.example/api/x", "/x"),
        ])
    }

    @Test func `tries only a host's own routes where it has some`() async throws {
        try await targets([("/api/x", "/x")], host: "named.example")
        try await targets([("/api/x", "/x")], host: "NAMED.example:8080")
        try await Scene.run(Self.config, listener: "hosts localhost named.example;") { scene in
            let other = "GET /slash/x HTTP/1.1\r\nHost: named.example\r\n\r\n"
            let answer = try scene.ask(other)
            #expect(answer.status == 404)
        }
    }

    @Test func `replaces injected parameters however they are escaped`() async throws {
        let own = "api_key=se%20cret%26%3D"
        try await targets([
            ("/key/x", "/q/x?\(own)"),
            ("/key", "/q?\(own)"),
            ("/key/x?", "/q/x?\(own)"),
            ("/key/x?a=b&c", "/q/x?a=b&c&\(own)"),
            ("/key/x?api_key=mine", "/q/x?\(own)"),
            ("/key/x?a&api%5Fkey=mine&b", "/q/x?a&b&\(own)"),
            ("/key/x?%61%70%69%5f%6b%65%79&api_key&b", "/q/x?b&\(own)"),
            ("/key/x?api_key2=a&xapi_key=b", "/q/x?api_key2=a&xapi_key=b&\(own)"),
        ])
    }

    @Test func `leaves unknown paths alone`() async throws {
        try await refuses(
            [
                "/", "/apix", "/apix/", "/ap", "/API/x", "//api/x", "/x/api/x", "/%61pi/x",
                "/api.evil/x", "/api%2fx", "/api;x", "/x/../api/y", "/./api/x",
            ],
            status: 404
        )
    }

    @Test func `refuses thirty ways out of the base path`() async throws {
        let ways = [
            "..", "../", "../admin", "x/..", "x/../", "x/../../admin", "./x", ".", "x/./y", "x/.",
            "%2e%2e", "%2E%2E/admin", ".%2e/admin", "%2e./x", "x/%2e%2e/y", "%2e/x",
            "%252e%252e/x", ".%252e/x", "%252e./x", "%25%32%65./x",
            "..;/x", "..;a=b/x", "%2e%2e;/x", "..%3b/x",
            "..%2fadmin", "..%2Fadmin", "%2e%2e%2fadmin", "a%2fb", "..%5cadmin", "..%255cx",
            "..\\admin", "x\\..\\y", "%00", "x%00/..", "a%", "a%2", "a%zz", "..%252fx",
        ]
        #expect(ways.count >= 30)
        try await refuses(ways.map { "/api/\($0)" }, status: 400)
    }

    @Test func `passes an encoded slash only where told, and no way out even there`() async throws {
        try await targets([
            ("/slash/a%2fb", "/base/a%2fb"), ("/slash/%2F", "/base/%2F"),
        ])
        try await refuses(["/slash/..%2fx", "/slash/a%2f..%2fx", "/slash/a%2f.%2e"], status: 400)
    }

    @Test func `answers who asks only as far as here, and counts down for others`() async throws {
        try await Scene.run(Self.config) { scene in
            for none in ["0", "000"] {
                let answer = try scene.get(
                    "/api/x",
                    "Max-Forwards: \(none)\r\n",
                    method: "OPTIONS"
                )
                #expect(answer.status == 204 && answer["Allow"]?.contains("GET") == true)
            }
            #expect(try scene.get("/none", "Max-Forwards: 0\r\n", method: "OPTIONS").status == 404)
            #expect(await scene.upstream.requests.isEmpty)
            for (came, goes) in [
                ("1", "0"), ("5", "4"), ("10", "9"), ("100", "99"), ("20", "19"), ("x1", "x1"),
                ("", ""), ("99999999999999999999", "99999999999999999998"),
            ] {
                let fields = "Max-Forwards: \(came)\r\n"
                #expect(try scene.get("/api/x", fields, method: "OPTIONS").status == 200)
                #expect(await scene.upstream.requests.last?.all("Max-Forwards") == [goes])
            }
            #expect(try scene.get("/api/x", "Max-Forwards: 0\r\n").status == 200)
            #expect(await scene.upstream.requests.last?.all("Max-Forwards") == ["0"])
        }
    }

    @Test func `answers for itself what is not to be forwarded`() async throws {
        try await Scene.run(Self.config) { scene in
            let star = try scene.ask(
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
                method: "OPTIONS"
            )
            #expect(star.status == 204)
            #expect(star["Allow"]?.contains("GET") == true)
            #expect(try scene.get("/api/x", method: "TRACE").status == 405)
            let connect = "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n"
            #expect(try scene.ask(connect).status == 405)
            #expect(await scene.upstream.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("localhost", 200), ("localhost:1", 200), ("127.0.0.1:9", 200), ("[::1]", 200),
        ("LOCALHOST", 200), ("named.example", 404), ("evil.example", 421), ("localhost.evil", 421),
        ("127.0.0.2", 421), ("[::2]", 421),
    ])
    func `serves only known hosts`(host: String, status: Int) async throws {
        try await Scene.run(Self.config) { scene in
            let target = host == "named.example" ? "/slash/x" : "/api/x"
            let direct = try scene.ask("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(direct.status == status)
            let absolute = try scene.ask(
                "GET http://\(host)\(target) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            #expect(absolute.status == status)
        }
    }

    @Test(arguments: [
        ("Origin: http://localhost:8080", 200), ("Origin: HTTP://LOCALHOST:8080", 200),
        ("Origin: http://localhost", 403), ("Origin: https://localhost:8080", 403),
        ("Origin: null", 403), ("Origin: http://evil.example", 403), ("Origin:", 403),
        ("Sec-Fetch-Site: same-origin", 200), ("Sec-Fetch-Site: none", 200),
        ("Sec-Fetch-Site: cross-site", 403), ("Sec-Fetch-Site: same-site", 403),
        ("Sec-Fetch-Site: CROSS-SITE", 403),
    ])
    func `refuses browsers from other sites`(field: String, status: Int) async throws {
        try await Scene.run(Self.config) { scene in
            let answer = try scene.ask(
                "GET /api/x HTTP/1.1\r\nHost: localhost:8080\r\n\(field)\r\n\r\n"
            )
            #expect(answer.status == status)
        }
    }
}
