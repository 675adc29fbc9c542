import Config
import Credentials
import HTTP
import Support
import Testing

/// `connection *`: requests name the connection, which may come, change and go meanwhile.
@Suite struct NamedConnectionTests {
    private static let config = """
        connection file { grant none; api_client { base_uri http://UPSTREAM/file; } }
        route /c/ { connection *; header X-Connection {{connection}}; }
        route /tenants/ { connection *; tenant header X-T; }
        """

    /// A connection as the API makes one, to the scene's upstream.
    private static func made(
        _ name: String,
        _ scene: Scene,
        path: String,
        grant: Grant = .none
    ) -> ConnectionConfiguration {
        let base = Template.literal("http://127.0.0.1:\(scene.upstream.port)\(path)")
        return ConnectionConfiguration(
            name: name,
            grant: grant,
            api: APIClientConfiguration(baseURI: base)
        )
    }

    @Test func `the first segment names the connection`() async throws {
        try await Scene.run(Self.config) { scene async throws in
            for (target, wanted) in [
                ("/c/file/users?q=1", "/file/users?q=1"), ("/c/file/", "/file/"),
                ("/c/file", "/file"), ("/c/%66ile/x", "/file/x"),
            ] {
                let answer = try scene.get(target)
                #expect(answer.status == 200)
                let request = await scene.upstream.requests.last
                #expect(request?.target == wanted && request?["X-Connection"] == "file")
            }
            for target in ["/c", "/c/", "/c//x", "/c/File/x", "/c/other/x", "/c/file%00/x"] {
                let answer = try scene.get(target)
                #expect([400, 404].contains(answer.status), "\(target)")
            }
            let unknown = try scene.get("/c/other/x")
            #expect(unknown.status == 404 && unknown.text.contains("\"no_route\""))
            await scene.stop()
            #expect(scene.lines.text.contains("\"connection\":\"file\""))
        }
    }

    @Test func `is there as soon as it is made, and gone as soon as it is removed`() async throws {
        try await Scene.run(Self.config) { scene async throws in
            let client = try scene.client()
            func ask() throws -> Int {
                try client.send("GET /c/made/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return try client.next().status
            }
            for round in 0..<3 {
                #expect(try ask() == 404)
                try scene.directory.insert(Self.made("made", scene, path: "/\(round)"))
                #expect(try ask() == 200)
                try scene.directory.replace(Self.made("made", scene, path: "/\(round)/new"))
                #expect(try ask() == 200)
                try scene.directory.remove("made")
                #expect(try ask() == 404)
            }
            let seen = await scene.upstream.requests.map(\.target)
            #expect(seen == (0..<3).flatMap { ["/\($0)/x", "/\($0)/new/x"] })
            // What is gone keeps no connection open.
            #expect(await scene.upstream.until { $0.ended.count == $0.received.count })
        }
    }

    @Test func `carries the token of connection and tenant`() async throws {
        try await Scene.run(Self.config, script: TenantTests.echo) { scene async throws in
            scene.tokens.answer { id in
                let token = "\(id.connection)-\(id.tenant ?? "own")"
                return .token(FakeTokens.snapshot(token, generation: 1, for: id), how: .wait)
            }
            for name in ["one", "two"] {
                var connection = Self.made(name, scene, path: "", grant: .clientCredentials)
                connection.api.headers = [NamedTemplate("Authorization", .bearer)]
                try scene.directory.insert(connection)
            }
            for name in ["one", "two", "one"] {
                for tenant in ["a", "b"] {
                    let answer = try scene.get("/tenants/\(name)/x", "X-T: \(tenant)\r\n")
                    #expect(answer.text == "Bearer \(name)-\(tenant)")
                }
                let own = try scene.get("/tenants/\(name)/x")
                #expect(own.text == "Bearer \(name)-own")
            }
        }
    }

    @Test func `a token that came with a change goes to where the change says`() async throws {
        try await Scene.run(Self.config) { scene async throws in
            var old = Self.made("made", scene, path: "/old", grant: .clientCredentials)
            old.api.headers = [NamedTemplate("Authorization", .bearer)]
            var new = old
            new.api.baseURI = .literal("http://127.0.0.1:\(scene.upstream.port)/new")
            try scene.directory.insert(old)
            let (directory, changed) = (scene.directory, new)
            scene.tokens.answer { id in
                // The connection changes while the request waits for its token.
                if directory["made"]?.connection.api.baseURI != changed.api.baseURI {
                    try? directory.replace(changed)
                }
                return .token(FakeTokens.snapshot("t", generation: 1, for: id), how: .wait)
            }
            let answer = try scene.get("/c/made/x")
            #expect(answer.status == 200)
            #expect(await scene.upstream.requests.map(\.target) == ["/new/x"])
        }
    }

    @Test func `a connection that goes while a request waits is gone`() async throws {
        try await Scene.run(Self.config) { scene async throws in
            var made = Self.made("made", scene, path: "/old", grant: .clientCredentials)
            made.api.headers = [NamedTemplate("Authorization", .bearer)]
            try scene.directory.insert(made)
            let directory = scene.directory
            scene.tokens.answer { id in
                try? directory.remove("made")
                return .needsAuthorization(code: "configuration", message: "Gone.")
            }
            let answer = try scene.get("/c/made/x")
            #expect([404, 424].contains(answer.status))
            #expect(await scene.upstream.received.isEmpty)
        }
    }

    @Test func `what is under way when its connection goes is finished`() async throws {
        let slow: @Sendable (Seen) -> Reply = { _ in
            Reply(
                .text("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none"),
                .wait("gate"),
                .text("two")
            )
        }
        try await Scene.run(Self.config, script: slow) { scene async throws in
            try scene.directory.insert(Self.made("made", scene, path: "/x"))
            let client = try scene.client()
            try client.send("GET /c/made/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await scene.upstream.until { $0.waiting == 1 })
            try scene.directory.remove("made")
            let gone = try scene.get("/c/made/x")
            #expect(gone.status == 404)
            await scene.upstream.openGate("gate")
            #expect(try client.next().text == "onetwo")
        }
    }
}
