import Support
import Testing

/// Who may call, and what.
@Suite struct CallerTests {
    private static let callers = """
        caller app { token one; }
        caller batch { token_sha256 \(sha256OfTwo); }

        """
    /// The SHA-256 of `two`.
    private static let sha256OfTwo =
        "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"

    @Test(arguments: [
        "Authorization: Bearer one", "authorization: bearer  one", "X-Api-Key: one",
        "Private-Token: one", "Proxy-Authorization: Bearer one",
        "Authorization: Bearer something\r\nX-Api-Key: two",
        "Authorization: Basic b25l\r\nProxy-Authorization: Bearer two",
    ])
    func `knows a caller by its token, which goes no further`(fields: String) async throws {
        let config = Self.callers + Scene.plain()
        try await Scene.run(config, listener: "callers required;") { scene async throws in
            let answer = try scene.get("/api/x", fields + "\r\n")
            #expect(answer.status == 200)
            let request = try #require(await scene.upstream.requests.first)
            for name in ["Authorization", "X-Api-Key", "Private-Token", "Proxy-Authorization"] {
                #expect(!request.has(name))
            }
        }
    }

    @Test(arguments: [
        "", "Authorization: Bearer three\r\n", "Authorization: Bearer\r\n",
        "Authorization: one\r\n", "Authorization: Basic one\r\n", "X-Api-Key: on\r\n",
        "X-Api-Key:\r\n", "X_Api_Key: one\r\n", "Cookie: one\r\n", "X-Api-Key: onee\r\n",
        "X-Api-Key: \(sha256OfTwo)\r\n",
    ])
    func `turns away who shows no token of a caller`(fields: String) async throws {
        let config = Self.callers + Scene.plain()
        try await Scene.run(config, listener: "callers required;") { scene async throws in
            let answer = try scene.get("/api/x", fields)
            #expect(answer.status == 401)
            #expect(answer["WWW-Authenticate"] == "Bearer realm=\"attache\"")
            #expect(answer.text.contains("\"caller_unknown\""))
            // A stranger learns nothing about which routes there are.
            let elsewhere = try scene.get("/nowhere", fields)
            #expect(elsewhere.status == 401)
            #expect(await scene.upstream.received.isEmpty)
        }
    }

    @Test func `a route may name its callers, whatever the listener says`() async throws {
        let config =
            Self.callers + Scene.plain(route: "callers batch;")
            + "\nroute /open/ { connection api; }"
        for listener in ["", "callers required;"] {
            try await Scene.run(config, listener: listener) { scene async throws in
                let right = try scene.get("/api/x", "X-Api-Key: two\r\n")
                #expect(right.status == 200)
                let wrong = try scene.get("/api/x", "X-Api-Key: one\r\n")
                #expect(wrong.status == 403 && wrong.text.contains("\"forbidden\""))
                let nobody = try scene.get("/api/x")
                #expect(nobody.status == 401)
                let open = try scene.get("/open/x")
                #expect(open.status == (listener.isEmpty ? 200 : 401))
            }
        }
    }

    @Test func `the access log names the caller`() async throws {
        let config = Self.callers + Scene.plain(route: "callers batch;")
        try await Scene.run(config) { scene async throws in
            _ = try scene.get("/api/a", "X-Api-Key: two\r\n")
            _ = try scene.get("/api/b", "X-Api-Key: one\r\n")
            _ = try scene.get("/api/c")
            await scene.stop()
            let lines = scene.lines.text.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines[0].contains("\"caller\":\"batch\""))
            #expect(lines[1].contains("\"caller\":\"app\"") && lines[1].contains("\"status\":403"))
            #expect(lines[2].contains("\"caller\":null"))
            #expect(lines.allSatisfy { $0.contains("\"route\":\"/api/\"") })
        }
    }

    @Test func `lets through the methods that a route names`() async throws {
        let config = Scene.plain(route: "methods GET POST;")
        try await Scene.run(config) { scene async throws in
            let get = try scene.get("/api/x", "X-HTTP-Method-Override: DELETE\r\n")
            #expect(get.status == 200)
            let post = try scene.ask(
                Scene.post("body", "X-Original-URL: /x\r\nX-Rewrite-URL: /\r\n")
            )
            #expect(post.status == 200)
            for method in ["HEAD", "DELETE", "get", "GETT", "PATCH"] {
                let answer = try scene.get("/api/x", method: method)
                #expect(answer.status == 403, "\(method)")
            }
            let requests = await scene.upstream.requests
            #expect(requests.count == 2)
            for name in ["X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"] {
                #expect(!requests.contains { $0.has(name) })
            }
        }
    }

    @Test func `lets through the paths that are allowed and not denied`() async throws {
        let route = "allow /users/* /orders/** /; deny /orders/*/secret /**/admin/**;"
        try await Scene.run(Scene.plain(route: route)) { scene async throws in
            for path in [
                "/users/1", "/orders", "/orders/1/items", "/%75sers/1", "", "/", "/users/a%20b",
            ] {
                let answer = try scene.get("/api\(path)?q=/admin")
                #expect(answer.status == 200, "\(path)")
            }
            for path in [
                "/users", "/users/", "/users/1/2", "/other", "/orders/1/secret", "/Users/1",
                "/orders/1/%73ecret", "/orders/1/secret/", "/orders//1/secret",
                "/orders/1/secret;x=1", "/orders/1/admin", "/orders/admin/1", "/orders//admin",
                "/orders/admin;v=1/x", "/orders/%61dmin",
            ] {
                let answer = try scene.get("/api\(path)")
                #expect(answer.status == 403, "\(path)")
                #expect(answer.text.contains("\"forbidden\""))
            }
        }
    }

    @Test func `patterns are held against what is behind connection and tenant`() async throws {
        let config = """
            connection api { grant none; api_client { base_uri http://UPSTREAM/base; } }
            route /c/ { connection *; tenant path; allow /users/*; }
            """
        try await Scene.run(config) { scene async throws in
            let right = try scene.get("/c/api/acme/users/1")
            #expect(right.status == 200)
            #expect(await scene.upstream.requests.first?.target == "/base/users/1")
            let wrong = try scene.get("/c/api/users/users")
            #expect(wrong.status == 403)
        }
    }
}
