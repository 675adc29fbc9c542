import Config
import Credentials
import Support
import Testing

/// One connection, many accounts: each request carries the token of its own.
@Suite struct TenantTests {
    /// Answers with the token that came.
    static let echo: @Sendable (Seen) -> Reply = { seen in
        let token = seen.message["Authorization"] ?? "none"
        let length = token.utf8.count
        return Reply(.text("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n\(token)"))
    }

    /// Answers each account's token, which is its name with a `t-` before it.
    private static func answer(_ id: CredentialID) -> TokenAnswer {
        .token(
            FakeTokens.snapshot("t-\(id.tenant ?? "own")", generation: 1, for: id),
            how: .wait
        )
    }

    private func play(
        _ route: String,
        _ more: String = "",
        listener: String = "",
        _ body: (Scene) async throws -> Void
    ) async throws {
        let config = Scene.tokened(route: route) + "\n" + more
        try await Scene.run(config, listener: listener, script: Self.echo) { scene async throws in
            scene.tokens.answer(Self.answer)
            try await body(scene)
        }
    }

    @Test func `a header names the tenant and does not go upstream`() async throws {
        try await play("tenant header X-Tenant;") { scene async throws in
            let acme = try scene.get("/api/x", "X-Tenant: acme\r\n")
            #expect(acme.text == "Bearer t-acme")
            #expect(try scene.get("/api/x").text == "Bearer t-own")
            let named = try scene.get("/api/x", "x-tenant: b\r\nX_Tenant: c\r\n")
            #expect(named.text == "Bearer t-b")
            for request in await scene.upstream.requests {
                #expect(!request.has("X-Tenant") && !request.has("X_Tenant"))
            }
        }
    }

    @Test func `a required header must be there, and be one name`() async throws {
        try await play("tenant header X-Tenant required;") { scene async throws in
            let most = String(repeating: "a", count: 256)
            for fields in [
                "", "X-Tenant:\r\n", "X-Tenant: a\r\nX-Tenant: a\r\n", "X_Tenant: a\r\n",
                "X-Tenant: \(most)a\r\n",
            ] {
                let answer = try scene.get("/api/x", fields)
                #expect(answer.status == 400, "\(fields)")
                #expect(answer.text.contains("\"tenant_required\""), "\(answer.text)")
            }
            let broken = Array("GET /api/x HTTP/1.1\r\nHost: localhost\r\nX-Tenant: ".utf8)
            let client = try scene.client()
            try client.send(broken + [0xFF] + Array("\r\n\r\n".utf8))
            #expect(try client.next().status == 400)
            #expect(try scene.get("/api/x", "X-Tenant: \(most)\r\n").status == 200)
            #expect(try scene.get("/api/x", "X-Tenant: zoë & co\r\n").text == "Bearer t-zoë & co")
            #expect(await scene.upstream.requests.count == 2)
        }
    }

    @Test func `the path names the tenant, decoded once`() async throws {
        try await play("tenant path;") { scene async throws in
            #expect(try scene.get("/api/acme/users/1?q=2").text == "Bearer t-acme")
            #expect(try scene.get("/api/a%20%2Bb%C3%A9/").text == "Bearer t-a +bé")
            #expect(try scene.get("/api/100%2525").text == "Bearer t-100%25")
            #expect(
                await scene.upstream.requests.map(\.target)
                    == ["/base/users/1?q=2", "/base/", "/base"]
            )
            for target in ["/api", "/api/", "/api//users"] {
                let answer = try scene.get(target)
                #expect(answer.status == 400 && answer.text.contains("\"tenant_required\""))
            }
            #expect(try scene.get("/api/%FF/x").status == 400)
            for target in ["/api/../x", "/api/%2e%2e/x", "/api/a%2fb/x", "/api/a%5cb/x"] {
                let answer = try scene.get(target)
                #expect(answer.text.contains("\"bad_target\""), "\(target)")
            }
            #expect(await scene.upstream.requests.count == 3)
        }
    }

    @Test func `the route names the tenant`() async throws {
        try await play("tenant fixed acme;") { scene async throws in
            #expect(try scene.get("/api/x").text == "Bearer t-acme")
            scene.tokens.publish("published", generation: 2, tenant: "acme")
            #expect(try scene.get("/api/x").text == "Bearer published")
        }
    }

    @Test func `the caller is the tenant`() async throws {
        let callers = """
            caller one { token first; tenants acme; }
            caller two { token second; tenants acme globex; }
            caller any { token third; }
            """
        try await play("tenant caller;", callers) { scene async throws in
            #expect(try scene.get("/api/x", "X-Api-Key: first\r\n").text == "Bearer t-acme")
            for token in ["second", "third"] {
                let answer = try scene.get("/api/x", "Authorization: Bearer \(token)\r\n")
                #expect(answer.status == 403 && answer.text.contains("\"forbidden\""))
            }
            #expect(try scene.get("/api/x").status == 401)
        }
    }

    @Test func `a caller that is bound to tenants names no other`() async throws {
        let callers = """
            caller one { token first; tenants acme; }
            caller two { token second; tenants acme globex; }
            caller any { token third; }
            connection free { grant none; api_client { base_uri http://UPSTREAM/; } }
            route /free/ { connection free; }
            """
        try await play("tenant header X-T;", callers, listener: "callers required;") {
            scene async throws in
            func ask(_ token: String, _ tenant: String?) throws -> Message {
                let field = tenant.map { "X-T: \($0)\r\n" } ?? ""
                return try scene.get("/api/x", "X-Api-Key: \(token)\r\n\(field)")
            }
            #expect(try ask("first", "acme").text == "Bearer t-acme")
            #expect(try ask("first", nil).text == "Bearer t-acme")
            #expect(try ask("first", "globex").status == 403)
            #expect(try ask("first", "ACME").status == 403)
            #expect(try ask("second", "globex").text == "Bearer t-globex")
            let unnamed = try ask("second", nil)
            #expect(unnamed.text.contains("\"tenant_required\""))
            #expect(try ask("third", "initech").text == "Bearer t-initech")
            #expect(try ask("third", nil).text == "Bearer t-own")
            #expect(try scene.get("/free/x", "X-Api-Key: first\r\n").status == 200)
        }
    }

    @Test func `a tenant that only looks like another one is another one`() async throws {
        try await play("tenant header X-T;") { scene async throws in
            // The same letter, composed and decomposed: Swift's strings compare as equal.
            for tenant in ["\u{E9}", "e\u{301}", "\u{E9}"] {
                let answer = try scene.get("/api/x", "X-T: \(tenant)\r\n")
                #expect(Array(answer.text.utf8) == Array("Bearer t-\(tenant)".utf8))
            }
        }
    }

    @Test func `each tenant's published token is read without asking`() async throws {
        try await play("tenant header X-T required;") { scene async throws in
            for generation in 1...3 {
                for tenant in ["a", "b"] {
                    let token = "\(tenant)\(generation)"
                    scene.tokens.publish(token, generation: generation, tenant: tenant)
                    let answer = try scene.get("/api/x", "X-T: \(tenant)\r\n")
                    #expect(answer.text == "Bearer \(token)")
                }
            }
            #expect(scene.tokens.asked == 0)
        }
    }

    @Test func `a tenant that was forgotten and comes back is read again`() async throws {
        try await play("tenant header X-T required;") { scene async throws in
            scene.tokens.publish("first", generation: 1, tenant: "a")
            #expect(try scene.get("/api/x", "X-T: a\r\n").text == "Bearer first")
            scene.tokens.retire(CredentialID(connection: "api", tenant: "a"))
            scene.tokens.publish("back", generation: 2, tenant: "a")
            // The first asks, as nothing is where the loop looked before.
            #expect(try scene.get("/api/x", "X-T: a\r\n").text == "Bearer t-a")
            #expect(try scene.get("/api/x", "X-T: a\r\n").text == "Bearer back")
        }
    }

    @Test func `fields of the tenant's own make its URL`() async throws {
        let config = """
            connection api { grant none; api_client {
                base_uri "http://UPSTREAM/of/{{tenant}}"; header X-For {{tenant}}; } }
            route /api/ { connection api; tenant path; }
            """
        try await Scene.run(config) { scene async throws in
            _ = try scene.get("/api/a%20b/x")
            _ = try scene.get("/api/c/x")
            #expect(try scene.get("/api/%0d%0ay/x").status == 424)
            let requests = await scene.upstream.requests
            #expect(requests.map(\.target) == ["/of/a%20b/x", "/of/c/x"])
            #expect(requests.map { $0["X-For"] } == ["a b", "c"])
        }
    }

    @Test func `says where a person can connect the tenant`() async throws {
        let help = """
            admin { bind 127.0.0.1:8081; help_url "https://app.test/{{connection}}/{{tenant}}"; }
            """
        try await play("tenant header X-T;", help) { scene async throws in
            scene.tokens.answer { _ in .needsAuthorization(code: "revoked", message: "Gone.") }
            let answer = try scene.get("/api/x", "X-T: a b\r\n")
            #expect(answer.status == 424)
            #expect(answer.text.contains("\"connect_url\":\"https://app.test/api/a%20b\""))
            let own = try scene.get("/api/x")
            #expect(own.status == 424)
            #expect(own.text.contains("\"connect_url\":\"https://app.test/api/\""))
        }
    }

    @Test func `replays with the token of the same tenant`() async throws {
        let picky: @Sendable (Seen) -> Reply = { seen in
            if seen.message["Authorization"]?.hasPrefix("Bearer new-") == true {
                return TenantTests.echo(seen)
            }
            return Reply(.text("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"))
        }
        let config = Scene.tokened(route: "tenant header X-T;")
        try await Scene.run(config, script: picky) { scene async throws in
            scene.tokens.answer(Self.answer)
            scene.tokens.afterRejection { id in
                .replay(
                    FakeTokens.snapshot("new-\(id.tenant ?? "own")", generation: 2, for: id)
                )
            }
            for tenant in ["a", "b"] {
                let answer = try scene.get("/api/x", "X-T: \(tenant)\r\n")
                #expect(answer.text == "Bearer new-\(tenant)")
            }
            #expect(try scene.get("/api/x").text == "Bearer new-own")
        }
    }

    @Test func `hundreds of tenants at once each get their own token`() async throws {
        try await play("tenant header X-T required;") { scene async throws in
            let port = scene.port
            try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        let client = try RawClient(port: port)
                        var wrong = 0
                        for round in 0..<400 {
                            // Each worker walks over all tenants in an order of its own.
                            let tenant = "t\((round * 7 + worker * 31) % 200)"
                            let request =
                                "GET /api/x HTTP/1.1\r\nHost: localhost\r\nX-T: \(tenant)\r\n\r\n"
                            try client.send(request + request)
                            for _ in 0..<2 where try client.next().text != "Bearer t-\(tenant)" {
                                wrong += 1
                            }
                        }
                        return wrong
                    }
                }
                for try await wrong in group { #expect(wrong == 0) }
            }
        }
    }

    @Test func `more tenants than are kept are served all the same`() async throws {
        try await play("tenant header X-T required;") { scene async throws in
            let client = try scene.client()
            for round in 0..<2 {
                for start in stride(from: 0, to: 9000, by: 100) {
                    let tenants = (start..<(start + 100)).map { "t\($0)" }
                    try client.send(
                        tenants.map {
                            "GET /api/x HTTP/1.1\r\nHost: localhost\r\nX-T: \($0)\r\n\r\n"
                        }.joined()
                    )
                    for tenant in tenants {
                        let answer = try client.next().text
                        #expect(answer == "Bearer t-\(tenant)", "round \(round)")
                    }
                }
            }
        }
    }
}
