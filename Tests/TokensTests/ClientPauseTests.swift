import Config
import Credentials
import Crypto
import JSON
import Testing
import Time
import Tokens

/// A client that is refused (RFC 6749 section 5.2): what one account finds out counts for all.
@Suite struct ClientPauseTests {
    private static let refusal = #"{"status":401,"body":{"error":"invalid_client"},"times":1000}"#

    private static func tenant(_ name: String) -> CredentialID {
        CredentialID(connection: "crm", tenant: name)
    }

    /// Accounts whose refresh tokens the provider knows.
    private func store(
        _ stage: Stage,
        _ connection: ConnectionConfiguration,
        _ ages: [String: Double]
    ) async throws -> MemoryStore {
        var records: [CredentialID: Credential] = [:]
        for (name, age) in ages {
            let id = Self.tenant(name)
            records[id] = stage.stored(
                connection,
                age: age,
                refreshToken: try await stage.provider.grant(),
                id: id
            )
        }
        return MemoryStore(records)
    }

    @Test func `one account's refused client holds all others back, but for valid tokens`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection()
            let names = (0..<20).map { "t\($0)" }
            var ages = Dictionary(uniqueKeysWithValues: names.map { ($0, Age.expired) })
            ages["good"] = Age.good
            ages["soon"] = Age.inBuffer
            let store = try await store(stage, connection, ages)
            let log = Transcript()
            let service = try stage.service(connection, store: store, logger: log.logger)
            try await stage.provider.script(Self.refusal)
            for name in names {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.word == "person: configuration", "\(name)")
            }
            #expect(await service.token(for: Self.tenant("good"), until: .far).word == "hit 1")
            #expect(await service.token(for: Self.tenant("soon"), until: .far).word == "stale 1")
            let rejected = await service.rejected(
                Self.tenant("good"),
                generation: 1,
                mayReplay: true,
                until: .far
            )
            #expect(rejected.word == "pass")
            #expect(try await stage.provider.calls() == 1)
            // The one that found out needs a person; of the others nothing is stored.
            #expect(store[Self.tenant("t0")]?.status == .needsAuthorization)
            #expect(store[Self.tenant("t1")]?.status == .connected)
            let shown = try await service.state(of: Self.tenant("t1"))
            #expect(shown.state == .retrying)
            #expect(shown.lastError?.code == "configuration")
            #expect(shown.lastError?.message.contains("invalid_client") == true)
            #expect(log.text.ranges(of: "a client is refused").count == 1)
        }
    }

    @Test func `a new secret ends the wait of all accounts at once`() async throws {
        try await Stage.play { stage in
            let wrong = stage.connection { $0.clientSecret = Secret("wrong") }
            let ages = ["a": Age.expired, "b": Age.expired, "c": Age.expired]
            let store = try await store(stage, wrong, ages)
            let service = try stage.service(wrong, store: store)
            for name in ages.keys.sorted() {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.word == "person: configuration")
            }
            #expect(try await stage.provider.calls() == 1)
            await service.reconfigure([stage.connection()])
            for name in ages.keys.sorted() {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.token != nil, "\(name)")
            }
        }
    }

    @Test func `a person's refresh goes through, and ends the wait if it works`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let ages = ["a": Age.expired, "b": Age.expired, "c": Age.expired]
            let store = try await store(stage, connection, ages)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(Self.refusal.replacing("1000", with: "2"))
            for name in ages.keys.sorted() {
                _ = await service.token(for: Self.tenant(name), until: .far)
            }
            await #expect {
                try await service.refresh(Self.tenant("b"))
            } throws: { error in
                let refusal = error as? CredentialRefusal
                guard case .refused("configuration", _)? = refusal else { return false }
                return refusal?.description.contains("invalid_client") == true
            }
            // It failed over the client, not over its own account.
            #expect(store[Self.tenant("b")]?.status == .connected)
            let waiting = await service.token(for: Self.tenant("c"), until: .far)
            #expect(waiting.word == "person: configuration")
            #expect(try await stage.provider.calls() == 2)
            // The account that found out is mended this way too.
            #expect(try await service.refresh(Self.tenant("a")).state == .connected)
            for name in ["b", "c"] {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.word == "wait 2", "\(name)")
            }
        }
    }

    @Test func `after a pause one account tries, and the others follow when it works`()
        async throws
    {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = eager(stage) { $0.tokenURI = endpoint.uri }
            let names = (0..<10).map { "t\($0)" }
            let ages = Dictionary(uniqueKeysWithValues: names.map { ($0, Age.expired) })
            let store = try await store(stage, connection, ages)
            let service = try stage.service(connection, store: store)
            try await refuseOnce(stage, endpoint, service)
            async let tried = untilAccepted(Self.tenant("t1"), service)
            await endpoint.answered()
            // While one tries, the others go on waiting.
            for name in names.dropFirst(2) {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.word == "person: configuration", "\(name)")
            }
            #expect(try await stage.provider.calls() == 2)
            await endpoint.release()
            #expect(await tried == "wait 2")
            for name in names.dropFirst(2) {
                let answer = await service.token(for: Self.tenant(name), until: .far)
                #expect(answer.word == "wait 2", "\(name)")
            }
        }
    }

    /// Asks for a token until the client is not refused.
    private func untilAccepted(_ id: CredentialID, _ service: TokenService) async -> String {
        var word: String
        let end = Instant.far
        repeat {
            word = await service.token(for: id, until: end).word
        } while word == "person: configuration" && .now < end
        return word
    }

    /// A connection whose refused client is tried again at once.
    private func eager(
        _ stage: Stage,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> ConnectionConfiguration {
        stage.connection {
            $0.tokens.failureBackoff = .milliseconds(1) ... .milliseconds(1)
            // The time of one try, which no test outlives.
            $0.tokens.requestTimeout = .seconds(300)
            change(&$0)
        }
    }

    /// Has the account `t0` find out that the client is refused, and later answers held.
    private func refuseOnce(
        _ stage: Stage,
        _ endpoint: HeldEndpoint,
        _ service: TokenService
    ) async throws {
        try await stage.provider.script(Self.refusal.replacing("1000", with: "1"))
        async let refused = service.token(for: Self.tenant("t0"), until: .far).word
        await endpoint.answered()
        await endpoint.releaseHeld()
        #expect(await refused == "person: configuration")
    }

    @Test(arguments: ["invalid_grant", "invalid_scope"])
    func `a try that is refused for another reason lets the others follow`(
        code: String
    ) async throws {
        try await Stage.play { stage in
            let connection = eager(stage)
            let ages = ["t0": Age.expired, "t1": Age.expired, "t2": Age.expired]
            let store = try await store(stage, connection, ages)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(Self.refusal.replacing("1000", with: "1"))
            try await stage.provider.script(#"{"status":400,"body":{"error":"\#(code)"}}"#)
            _ = await service.token(for: Self.tenant("t0"), until: .far)
            let end = Instant.far
            while try await stage.provider.calls() < 2, .now < end {
                _ = await service.token(for: Self.tenant("t1"), until: .far)
            }
            #expect(store[Self.tenant("t1")]?.status == .needsAuthorization)
            #expect(await service.token(for: Self.tenant("t2"), until: .far).word == "wait 2")
        }
    }

    @Test func `a try that finds nothing out holds the others back no longer`() async throws {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = eager(stage) { $0.tokenURI = endpoint.uri }
            let ages = ["t0": Age.expired, "t1": Age.expired, "t2": Age.expired]
            let store = try await store(stage, connection, ages)
            let service = try stage.service(connection, store: store)
            try await refuseOnce(stage, endpoint, service)
            try await stage.provider.script(#"{"status":503}"#)
            async let tried = untilAccepted(Self.tenant("t1"), service)
            await endpoint.answered()
            let waiting = await service.token(for: Self.tenant("t2"), until: .far)
            #expect(waiting.word == "person: configuration")
            await endpoint.release()
            #expect(await tried == "unavailable")
            #expect(await untilAccepted(Self.tenant("t2"), service) == "wait 2")
        }
    }

    @Test func `what a client of before is told holds the mended one back no more`() async throws {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            let wrong = stage.connection {
                $0.clientSecret = Secret("wrong")
                $0.tokenURI = endpoint.uri
            }
            let store = try await store(stage, wrong, ["a": Age.expired, "b": Age.expired])
            let log = Transcript()
            let service = try stage.service(wrong, store: store, logger: log.logger)
            async let late = service.token(for: Self.tenant("a"), until: .far)
            await endpoint.answered()
            await service.reconfigure([stage.connection { $0.tokenURI = endpoint.uri }])
            await endpoint.release()
            #expect(await late.token != nil)
            #expect(await service.token(for: Self.tenant("b"), until: .far).word == "wait 2")
            #expect(!log.text.contains("a client is refused"))
        }
    }

    @Test func `another token endpoint's refusal says nothing of this one`() async throws {
        try await Stage.play { stage in
            let port = stage.provider.port
            let connection = stage.connection {
                $0.tokenURI = try? Template("http://127.0.0.1:\(port)/p/{{kind}}/token")
            }
            var records: [CredentialID: Credential] = [:]
            for (name, kind) in [
                ("a", "invalid-client"), ("b", "rotating"), ("c", "invalid-client"),
            ] {
                let id = Self.tenant(name)
                var stored = stage.stored(connection, age: Age.expired, refreshToken: "r", id: id)
                let token = try await stage.provider.control("POST", "grant")["refresh_token"]
                stored.refreshToken = token?.string.map { Secret($0) }
                stored.fields["kind"] = kind
                records[id] = stored
            }
            let service = try stage.service(connection, store: MemoryStore(records))
            func word(_ name: String) async -> String {
                await service.token(for: Self.tenant(name), until: .far).word
            }
            #expect(await word("a") == "person: configuration")
            #expect(await word("c") == "person: configuration")
            #expect(try await stage.provider.calls() == 1)
            #expect(await word("b") == "wait 2")
        }
    }
}
