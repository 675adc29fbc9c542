import JSON
import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Sandbox
import IO
import Testing
import Time
import Tokens

/// The call of the token endpoint, with everything that can go wrong on the way.
@Suite struct EndpointTests {
    @Test(arguments: [
        ("redirect", "redirects are not followed"), ("huge", "larger than 256 KiB"),
        ("truncated", "answer"), ("cut-off", "closed the connection"),
        ("closes", "closed the connection"), ("reset-before-commit", "closed the connection"),
        ("silent", "in time"), ("drip", "in time"), ("not-json", "answer"),
        ("empty-200", "answer"), ("no-token", "answer"), ("error-in-500", "500"),
        ("unavailable", "503"), ("unexplained", "400"),
    ])
    func `a failure that may pass is named, and loses nothing`(part: String, reason: String)
        async throws
    {
        try await Stage.play(part) { stage in
            let connection = stage.connection {
                $0.tokens.requestTimeout = .milliseconds(
                    ["silent", "drip"].contains(part) ? 100 : 10_000
                )
            }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let before = store[Stage.id]?.refreshToken
            let service = try stage.service(connection, store: store)
            let answer = await service.token(for: Stage.id, until: .far)
            let isLate = reason == "in time"
            #expect(isLate ? answer.word == "timed out" : answer.message.contains(reason))
            #expect(store[Stage.id]?.refreshToken == before)
            let result: RefreshCounts.Result = isLate ? .timeout : .transient
            #expect(await service.refreshCounts()["crm"]?.results == [result: 1])
        }
    }

    @Test func `Retry-After lengthens the pause`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials) {
                $0.tokens.failureBackoff = .milliseconds(1) ... .milliseconds(1)
            }
            let service = try stage.service(connection, store: MemoryStore())
            try await stage.provider.script(
                #"{"status":429,"headers":{"Retry-After":"1000"}}"#
            )
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.pause > .seconds(900))
        }
    }

    @Test(arguments: ["invalid-client", "unauthorized-client", "invalid-scope"])
    func `what the configuration must mend is asked once`(part: String) async throws {
        try await Stage.play(part) { stage in
            let service = try stage.service(
                stage.connection(.clientCredentials),
                store: MemoryStore()
            )
            for _ in 0..<3 {
                let answer = await service.token(for: Stage.id, until: .far)
                #expect(answer.word == "person: configuration")
            }
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `no more calls at once than allowed, and all get their turn`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials) { $0.tokens.concurrency = 2 }
            let service = try stage.service(connection, store: MemoryStore())
            try await stage.provider.script(#"{"delay_ms":20,"times":12}"#)
            let words = await withTaskGroup(of: String.self) { group in
                for number in 0..<12 {
                    let id = CredentialID(connection: "crm", tenant: "t\(number)")
                    group.addTask { await service.token(for: id, until: .far).word }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(words == Array(repeating: "wait 1", count: 12))
            let stats = try await stage.provider.control("GET", "stats")
            #expect(stats["token_calls"] == 12)
            #expect(stats["parallel_max"] == 2)
        }
    }

    @Test func `a provider that is not there is named, a name that is none too`() async throws {
        try await Stage.play { stage in
            let closed = stage.connection(.clientCredentials) {
                $0.name = "closed"
                $0.tokenURI = .literal("http://127.0.0.1:1/token")
            }
            let nameless = stage.connection(.clientCredentials) {
                $0.name = "nameless"
                $0.tokenURI = .literal("http://no-such-host.invalid/token")
            }
            let plain = stage.connection(.clientCredentials) {
                $0.name = "plain"
                $0.tokenURI = .literal("https://127.0.0.1:\(stage.provider.port)/token")
            }
            let service = try stage.service(closed, nameless, plain, store: MemoryStore())
            for (name, reason) in [
                ("closed", "connection refused"), ("nameless", "no-such-host.invalid"),
                ("plain", "TLS"),
            ] {
                let id = CredentialID(connection: name)
                let message = await service.token(for: id, until: .far).message
                #expect(message.contains(reason), "\(message)")
            }
        }
    }

    @Test func `an account's own host is called only at a public address`() async throws {
        try await Stage.play { stage in
            let template = try Template("http://{{host}}:\(stage.provider.port)/token")
            let connection = stage.connection {
                $0.tokenURI = template
                $0.parameters = [NamedText("host", "127.0.0.1")]
                $0.api.allowHosts = [HostPattern("*.inner.test")].compactMap(\.self)
            }
            let resolver = Resolver { _, port in
                SocketAddress(ip: "127.0.0.1", port: port).map { [$0] } ?? []
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store, resolver: resolver)
            let named = CredentialID(connection: "crm", tenant: "named")
            let token = Secret(try await stage.provider.grant())
            let state = try await service.importCredential(named, refreshToken: token)
            #expect(state.state == .connected)
            for (host, reason) in [("a.inner.test", "no public address"), ("[::1]", "cannot hold")]
            {
                await #expect(throws: CredentialRefusal.self) {
                    do {
                        _ = try await service.importCredential(
                            CredentialID(connection: "crm", tenant: host),
                            refreshToken: token,
                            parameters: ["host": host]
                        )
                    } catch {
                        #expect("\(error)".contains(reason), "\(error)")
                        throw error
                    }
                }
            }
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "169.254.169.254", "evil.example", "x.myshopify.com@127.0.0.1",
    ])
    func `neither code nor secret goes to a host that a callback named`(shop: String)
        async throws
    {
        try await Stage.play { stage in
            let template = try Template("http://{{shop}}:\(stage.provider.port)/token")
            let connection = stage.connection(.authorizationCode) {
                $0.tokenURI = template
                $0.callbackKeep = ["shop"]
                $0.api.allowHosts = [HostPattern("*.myshopify.com")].compactMap(\.self)
            }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            do {
                _ = try await service.connect(
                    Stage.id,
                    with: .authorizationCode(
                        Secret("code"),
                        redirectURI: "https://connect.test/oauth-callback",
                        verifier: nil
                    ),
                    fields: ["shop": shop]
                )
                Issue.record("it connected")
            } catch {
                let reasons = ["allow_hosts does not name", "cannot hold"]
                #expect(reasons.contains { "\(error)".contains($0) }, "\(error)")
            }
            #expect(store[Stage.id] == nil)
            #expect(try await stage.provider.calls() == 0)
        }
    }

    @Test func `a connection that cannot make a request needs its configuration mended`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials) { $0.tokenURI = nil }
            let service = try stage.service(connection, store: MemoryStore())
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.word == "person: configuration")
        }
    }
}
