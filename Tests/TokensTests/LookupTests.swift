import Config
import Credentials
import Crypto
import HTTP
import JSON
import IO
import Testing
import Time
import Tokens

/// The calls that a connection makes of its API by itself: `lookup` and `test`.
@Suite struct LookupTests {
    private func connection(
        _ stage: Stage,
        _ grant: Grant = .refreshToken,
        _ change: (inout ConnectionConfiguration) throws -> Void = { _ in }
    ) rethrows -> ConnectionConfiguration {
        var connection = stage.connection(grant)
        connection.api.baseURI = .literal("http://127.0.0.1:\(stage.provider.port)/api")
        connection.api.headers = [NamedTemplate("Authorization", .bearer)]
        try change(&connection)
        return connection
    }

    private func lookup(
        _ stage: Stage,
        _ path: String,
        _ fields: (String, String)...
    ) throws -> LookupConfiguration {
        LookupConfiguration(
            method: "GET",
            uri: try Template("http://127.0.0.1:\(stage.provider.port)\(path)"),
            fields: fields.map { NamedText($0.0, $0.1) }
        )
    }

    @Test func `lookups give fields, and each may use those before it`() async throws {
        try await Stage.play { stage in
            let connection = try connection(stage) {
                $0.lookups = [
                    try lookup(stage, "/api/who?x={{region}}", ("verb", "method")),
                    try lookup(stage, "/api/{{verb}}", ("place", "path"), ("host", "headers.0.1")),
                ]
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            let token = try await stage.provider.grant()
            let state = try await service.importCredential(
                Stage.id,
                refreshToken: Secret(token),
                parameters: ["region": "eu"]
            )
            let kept = try #require(store[Stage.id]).fields
            #expect(kept["verb"] == "GET" && kept["region"] == "eu")
            #expect(kept["place"]?.hasSuffix("/api/GET") == true, "\(kept)")
            #expect(state.fields == kept)
        }
    }

    @Test(arguments: [
        ("/api/status/404", "method", "refused lookup"),
        ("/api/x", "nothing.here", "refused lookup"),
        ("/api/status/503", "method", "unavailable lookup"),
        ("/api/redirect?to=http://127.0.0.1/", "method", "refused lookup"),
        ("/api/fault/close", "method", "unavailable lookup"),
        ("/api/{{missing}}", "method", "refused lookup"),
    ])
    func `a lookup that gives nothing fails the connection, and nothing is stored`(
        path: String,
        field: String,
        outcome: String
    ) async throws {
        try await Stage.play { stage in
            let connection = try connection(stage) {
                $0.lookups = [try lookup(stage, path, ("f", field))]
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            let token = try await stage.provider.grant()
            do {
                _ = try await service.importCredential(Stage.id, refreshToken: Secret(token))
                Issue.record("it connected")
            } catch {
                #expect((error as? CredentialRefusal)?.word == outcome, "\(error)")
            }
            #expect(store[Stage.id] == nil)
        }
    }

    @Test func `a host that a field chose is not called`() async throws {
        try await Stage.play { stage in
            let connection = try connection(stage) {
                $0.lookups = [
                    LookupConfiguration(
                        method: "GET",
                        uri: try Template("http://{{host}}:\(stage.provider.port)/api/x"),
                        fields: [NamedText("f", "method")]
                    )
                ]
                $0.api.allowHosts = [HostPattern("*.inner.test")].compactMap(\.self)
            }
            let resolver = Resolver { _, port in
                SocketAddress(ip: "127.0.0.1", port: port).map { [$0] } ?? []
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store, resolver: resolver)
            for host in ["a.inner.test", "127.0.0.1", "localhost"] {
                let token = try await stage.provider.grant()
                await #expect(throws: CredentialRefusal.self) {
                    try await service.importCredential(
                        Stage.id,
                        refreshToken: Secret(token),
                        parameters: ["host": host]
                    )
                }
            }
            #expect(try await stage.provider.control("GET", "stats")["api"]?["calls"] == 0)
        }
    }

    @Test func `where nobody connects, the first token looks up`() async throws {
        try await Stage.play { stage in
            let connection = try connection(stage, .clientCredentials) {
                $0.lookups = [try lookup(stage, "/api/who", ("verb", "method"))]
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            #expect(store[Stage.id]?.fields["verb"] == "GET")
            _ = try await service.refresh(Stage.id)
            #expect(store[Stage.id]?.fields["verb"] == "GET")
            #expect(try await stage.provider.control("GET", "stats")["api"]?["calls"] == 1)
        }
    }

    @Test func `a failed lookup costs no rotated refresh token`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = try connection(stage) {
                $0.lookups = [try lookup(stage, "/api/status/404", ("f", "method"))]
            }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 2")
            #expect(try await service.refresh(Stage.id).state == .connected)
        }
    }
}

/// `test`: whether a connection works.
@Suite struct ConnectionTestTests {
    private func connection(
        _ stage: Stage,
        _ test: TestConfiguration?,
        _ grant: Grant = .clientCredentials
    ) -> ConnectionConfiguration {
        stage.connection(grant) {
            $0.api.baseURI = .literal("http://127.0.0.1:\(stage.provider.port)/api/")
            $0.api.headers = [NamedTemplate("Authorization", .bearer)]
            $0.test = test
        }
    }

    private func get(_ path: String, expecting status: Int? = nil) -> TestConfiguration {
        TestConfiguration(method: "GET", path: path, expectedStatus: status)
    }

    @Test func `a connection that works says so, with the status`() async throws {
        try await Stage.play { stage in
            let service = try stage.service(
                connection(stage, get("/me")),
                store: MemoryStore()
            )
            let result = try await service.test(Stage.id)
            #expect(result.status == 200)
            #expect(result.message == "GET /me was answered with 200")
            #expect(result.state.state == .connected)
        }
    }

    @Test(arguments: [
        (404, nil, false), (404, 404, true), (200, 201, false), (201, nil, true), (302, nil, false),
    ])
    func `the status is the wanted one, or any success`(
        status: Int,
        expected: Int?,
        isGood: Bool
    ) async throws {
        try await Stage.play { stage in
            let test = get("/status/\(status)", expecting: expected)
            let service = try stage.service(connection(stage, test), store: MemoryStore())
            do {
                #expect(try await service.test(Stage.id).status == status)
                #expect(isGood)
            } catch {
                #expect((error as? CredentialRefusal)?.word == "refused test_failed")
                #expect(!isGood)
            }
        }
    }

    @Test func `an answer without an end is judged by its head`() async throws {
        try await Stage.play { stage in
            let test = get("/sse?count=1000000&interval=1000")
            let service = try stage.service(connection(stage, test), store: MemoryStore())
            #expect(try await service.test(Stage.id).status == 200)
        }
    }

    @Test func `a token that the API refuses is refreshed once`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = connection(stage, get("/me"), .refreshToken)
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            let result = try await service.test(Stage.id)
            #expect(result.status == 200)
            #expect(result.state.generation == 2)
        }
    }

    @Test func `without a test a valid token will do`() async throws {
        try await Stage.play { stage in
            let service = try stage.service(connection(stage, nil), store: MemoryStore())
            let result = try await service.test(Stage.id)
            #expect(result.status == nil && result.message.contains("valid token"))
            let none = connection(stage, nil, .refreshToken)
            let other = try stage.service(none, store: MemoryStore())
            await #expect(throws: CredentialRefusal.self) { try await other.test(Stage.id) }
        }
    }

    @Test func `an API that is not there is unavailable`() async throws {
        try await Stage.play { stage in
            var connection = connection(stage, get("/me"))
            connection.api.baseURI = .literal("http://127.0.0.1:1/")
            let service = try stage.service(connection, store: MemoryStore())
            do {
                _ = try await service.test(Stage.id)
                Issue.record("it worked")
            } catch {
                #expect((error as? CredentialRefusal)?.word == "unavailable test_failed")
            }
        }
    }

    @Test func `a key in a field and Basic credentials need no token`() async throws {
        let server = try RawServer(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            after: "\r\n\r\n"
        )
        try await Stage.play { stage in
            var connection = connection(stage, get("/me"), Grant.none)
            connection.api.baseURI = .literal("http://127.0.0.1:\(server.port)")
            connection.fields = [
                NamedSecret("key", Secret("k3y")), NamedSecret("user", Secret("me")),
                NamedSecret("password", Secret("p:w")),
            ]
            connection.api.headers = [
                NamedTemplate("X-Api-Key", try Template("{{key}}")),
                NamedTemplate("Authorization", try Template("{{basic user password}}")),
            ]
            connection.api.query = [NamedTemplate("api_key", try Template("{{key}}"))]
            let service = try stage.service(connection, store: MemoryStore())
            let request = try await server.play {
                let result = try await service.test(Stage.id)
                #expect(result.status == 200)
            }
            #expect(request.hasPrefix("GET /me?api_key=k3y HTTP/1.1\r\n"))
            #expect(request.contains("\r\nX-Api-Key: k3y\r\n"))
            #expect(request.contains("\r\nAuthorization: Basic bWU6cDp3\r\n"))
        }
    }
}

extension CredentialRefusal {
    /// The kind and the code.
    fileprivate var word: String {
        switch self {
        case .unknownConnection: "unknown"
        case .refused(let code, _): "refused \(code)"
        case .unavailable(let code, _): "unavailable \(code)"
        case .timedOut: "timed out"
        }
    }
}
