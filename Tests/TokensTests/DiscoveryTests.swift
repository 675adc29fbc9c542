import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Synchronization
import Testing
import Time
import Tokens

/// Endpoints that the server names itself (RFC 8414).
@Suite struct DiscoveryTests {
    private func connection(
        _ stage: Stage,
        issuer: String? = nil,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> ConnectionConfiguration {
        stage.connection(.clientCredentials) {
            $0.tokenURI = nil
            $0.issuer = URI(issuer ?? "http://127.0.0.1:\(stage.provider.port)")
            change(&$0)
        }
    }

    private func values(_ connection: ConnectionConfiguration) -> TemplateValues {
        TemplateValues(connection, tenant: nil, fields: [:])
    }

    @Test func `a token is had where the server says`() async throws {
        try await Stage.play { stage in
            let connection = connection(stage)
            let service = try stage.service(connection, store: MemoryStore())
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.word == "wait 1", "\(answer.message)")
            let endpoints = try await service.endpoints(for: values(connection))
            #expect(endpoints.promisesIssuer)
            #expect(try endpoints.destination(of: .authorize)?.uri.path == "/authorize")
            #expect(try endpoints.destination(of: .revoke)?.uri.path == "/revoke")
        }
    }

    @Test func `an issuer with a path is found under OpenID's name`() async throws {
        try await Stage.play { stage in
            let issuer = "http://127.0.0.1:\(stage.provider.port)/p/rotating"
            let connection = connection(stage, issuer: issuer)
            let service = try stage.service(connection, store: MemoryStore())
            let endpoints = try await service.endpoints(for: values(connection))
            #expect(try endpoints.destination(of: .token)?.uri.text == "\(issuer)/token")
        }
    }

    @Test func `many who need it at once cause one fetch, and the next needs none`() async throws {
        let body = #"{"issuer":"ISSUER","token_endpoint":"ISSUER/token"}"#
        try await Stage.play { stage in
            let server = try RawServer(after: "\r\n\r\n") { http(named(body, at: $0)) }
            let connection = connection(stage, issuer: named("ISSUER", at: server.port))
            let service = try stage.service(connection, store: MemoryStore())
            let received = try await server.play {
                let found = await inParallel(50) { [values = values(connection)] in
                    try? await service.endpoints(for: values).destination(of: .token)?.uri.path
                }
                #expect(found.allSatisfy { $0 == "/token" })
                _ = try await service.endpoints(for: values(connection))
            }
            #expect(received.ranges(of: "GET /.well-known/").count == 1)
        }
    }

    @Test(arguments: [
        (#"{"issuer":"https://other.test","token_endpoint":"ISSUER/token"}"#, "another issuer"),
        ("<html>", "no JSON object"), (String(repeating: " ", count: 300_000), "no JSON object"),
    ])
    func `metadata that cannot be used is a failure that may pass`(
        body: String,
        reason: String
    ) async throws {
        let message = try await failure({ http(named(body, at: $0)) }, word: "unavailable")
        #expect(message.contains(reason), "\(message)")
    }

    @Test(arguments: [
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "302"),
        ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "500"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"), ("", "closed the connection"),
    ])
    func `a server that does not answer well is a failure that may pass`(
        answer: String,
        reason: String
    ) async throws {
        let message = try await failure({ _ in answer }, word: "unavailable")
        #expect(message.contains(reason), "\(message)")
    }

    @Test func `an endpoint of somebody else gets no secret`() async throws {
        let body = #"{"issuer":"ISSUER","token_endpoint":"https://evil.test/token"}"#
        _ = try await failure({ http(named(body, at: $0)) }, word: "person: configuration")
    }

    @Test func `where the file names the endpoints, a server without metadata will do`()
        async throws
    {
        try await Stage.play { stage in
            let connection = connection(
                stage,
                issuer: "http://127.0.0.1:\(stage.provider.port)/nothing-here"
            ) {
                $0.tokenURI = .literal("http://127.0.0.1:\(stage.provider.port)/token")
                $0.authorizeURI = .literal("http://127.0.0.1:\(stage.provider.port)/authorize")
            }
            let service = try stage.service(connection, store: MemoryStore())
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            let endpoints = try await service.endpoints(for: values(connection))
            #expect(!endpoints.promisesIssuer)
            #expect(endpoints.issuer == connection.issuer?.text)
        }
    }

    private func http(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A text with the place of a server in it.
    private func named(_ text: String, at port: Int) -> String {
        text.replacing("ISSUER", with: "http://127.0.0.1:\(port)")
    }

    /// Asks for a token where the metadata is this answer, and gives the reason why there is none.
    private func failure(_ answer: @Sendable (Int) -> String, word: String) async throws -> String {
        let server = try RawServer(after: "\r\n\r\n", answering: answer)
        let message = Mutex("")
        try await Stage.play { stage in
            let connection = connection(stage, issuer: named("ISSUER", at: server.port))
            let service = try stage.service(connection, store: MemoryStore())
            let received = try await server.play {
                let answer = await service.token(for: Stage.id, until: .far)
                #expect(answer.word == word)
                message.withLock { $0 = answer.message }
            }
            #expect(!received.contains("demo-secret"))
        }
        return message.withLock { $0 }
    }
}
