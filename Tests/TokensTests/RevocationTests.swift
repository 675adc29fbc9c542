import Config
import Credentials
import Crypto
import HTTP
import JSON
import Synchronization
import Testing
import Time
import Tokens

/// Revocation: here at once, at the provider as soon as it takes it (RFC 7009).
@Suite struct RevocationTests {
    /// What a server answers that takes a revocation.
    static let taken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    private func connection(
        _ stage: Stage,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> ConnectionConfiguration {
        stage.connection {
            $0.revokeURI = .literal("http://127.0.0.1:\(stage.provider.port)/revoke")
            $0.tokens.failureBackoff = .milliseconds(1) ... .milliseconds(5)
            change(&$0)
        }
    }

    /// Waits until a store owes the provider nothing.
    private func settled(_ service: TokenService, _ store: MemoryStore) async {
        let changes = await Changes(of: service)
        guard store[Stage.id]?.withdrawals.isEmpty == false else { return }
        _ = await changes.first { _ in store[Stage.id]?.withdrawals.isEmpty == true }
    }

    @Test func `a revoked grant ends at the provider, and nothing is owed after`() async throws {
        try await Stage.play { stage in
            let connection = connection(stage)
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.good, refreshToken: token)
            ])
            let service = try stage.service(connection, store: store)
            let state = try await service.revoke(Stage.id)
            #expect(state.state == .revoked)
            #expect(service.slot(for: Stage.id).read()?.accessToken == nil)
            #expect(await service.token(for: Stage.id, until: .far).word == "person: revoked")
            await settled(service, store)
            let told = try await stage.provider.control("GET", "families/\(family)")
            #expect(told["revoked"] == true)
            #expect(store[Stage.id]?.status == .revoked)
            #expect(store[Stage.id]?.generation == 2)
        }
    }

    @Test func `a deleted credential is told of as well`() async throws {
        try await Stage.play { stage in
            let connection = connection(stage)
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.good, refreshToken: token)
            ])
            let service = try stage.service(connection, store: store)
            #expect(try await service.delete(Stage.id).state == .neverConnected)
            await settled(service, store)
            let told = try await stage.provider.control("GET", "families/\(family)")
            #expect(told["revoked"] == true)
        }
    }

    @Test func `a provider that is down is told again, by the next start too`() async throws {
        try await Stage.play { stage in
            let down = connection(stage) { $0.revokeURI = .literal("http://127.0.0.1:1/revoke") }
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let tenant = CredentialID(connection: "crm", tenant: "a")
            let store = MemoryStore([
                tenant: stage.stored(down, age: Age.good, refreshToken: token, id: tenant)
            ])
            let first = try stage.service(down, store: store)
            let changes = await Changes(of: first)
            _ = try await first.revoke(tenant)
            let failed = await changes.first { $0.lastError?.code == "revocation" }
            #expect(failed?.lastError?.message.contains("connection refused") == true)
            #expect(store[tenant]?.withdrawals.count == 1)
            await first.stop(until: .far)

            let second = try stage.service(connection(stage), store: store)
            let later = await Changes(of: second)
            await second.survey()
            _ = await later.first { _ in store[tenant]?.withdrawals.isEmpty == true }
            let told = try await stage.provider.control("GET", "families/\(family)")
            #expect(told["revoked"] == true)
            #expect(await second.token(for: tenant, until: .far).word == "person: revoked")
        }
    }

    @Test func `the refresh token goes first, and what was told is not told again`() async throws {
        let server = try RawServer(Self.taken, after: "token=")
        try await Stage.play { stage in
            let connection = connection(stage) {
                $0.revokeURI = .literal("http://127.0.0.1:\(server.port)/revoke")
            }
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.good, refreshToken: "canary-refresh")
            ])
            let service = try stage.service(connection, store: store)
            let received = try await server.play {
                _ = try await service.revoke(Stage.id)
                await settled(service, store)
                _ = try await service.revoke(Stage.id)
            }
            let told = received.split(separator: "\r\n").filter { $0.hasPrefix("token=") }
            #expect(received.ranges(of: "POST /revoke").count == 2)
            #expect(
                told.map { $0.prefix { $0 != "P" } } == [
                    "token=canary-refresh&token_type_hint=refresh_token",
                    "token=canary-old-access&token_type_hint=access_token",
                ]
            )
        }
    }

    @Test func `tokens of a refresh under way die too`() async throws {
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = connection(stage) { $0.tokenURI = endpoint.uri }
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.expired, refreshToken: token)
            ])
            let service = try stage.service(connection, store: store)
            async let answer = service.token(for: Stage.id, until: .far).word
            await endpoint.answered()
            _ = try await service.revoke(Stage.id)
            await endpoint.release()
            #expect(await answer == "person: revoked")
            #expect(await service.stop(until: .far))
            #expect(store[Stage.id]?.status == .revoked)
            #expect(store[Stage.id]?.accessToken == nil)
            let told = try await stage.provider.control("GET", "families/\(family)")
            #expect(told["refreshes"] == 1)
            let owed = store[Stage.id]?.withdrawals ?? []
            #expect(told["revoked"] == true || owed.contains { $0.refreshToken != nil })
        }
    }

    @Test(arguments: [false, true])
    func `tokens die that a refresh could not store`(isOurs: Bool) async throws {
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = connection(stage) { $0.tokenURI = endpoint.uri }
            let token = try await stage.provider.grant()
            let owed = Mutex<Set<Secret?>>([])
            let stored = stage.stored(connection, age: Age.expired, refreshToken: token)
            let store = MemoryStore([Stage.id: stored]) { credential in
                owed.withLock { $0.formUnion(credential.withdrawals.map(\.refreshToken)) }
            }
            let service = try stage.service(connection, store: store)
            if isOurs {
                // The result waits to be stored when the credential is taken away.
                await endpoint.release()
                store.state.withLock { $0.storeFaults = [.unreachable(reason: "test")] }
                let changes = await Changes(of: service)
                async let answer = service.token(for: Stage.id, until: .far).word
                _ = await changes.first { $0.lastError?.code == "vault" }
                _ = try await service.revoke(Stage.id)
                _ = await answer
            } else {
                // Another process takes it away while the provider answers.
                async let answer = service.token(for: Stage.id, until: .far).word
                await endpoint.answered()
                store.state.withLock { state in
                    state.records[Stage.id]?.status = .revoked
                    state.records[Stage.id]?.refreshToken = nil
                    state.records[Stage.id]?.accessToken = nil
                    state.records[Stage.id]?.intent = nil
                    state.records[Stage.id]?.generation += 1
                }
                await endpoint.release()
                #expect(await answer == "person: revoked")
            }
            #expect(await service.stop(until: .far))
            #expect(store[Stage.id]?.status == .revoked)
            // Beside the token that the refresh spent.
            #expect(owed.withLock { $0.contains { $0 != nil && $0 != Secret(token) } })
        }
    }

    @Test func `a forgotten connection tells the provider before its record goes`() async throws {
        try await Stage.play { stage in
            let connection = connection(stage)
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.good, refreshToken: token)
            ])
            let service = try stage.service(connection, store: store)
            try await service.forget(connection)
            #expect(store.state.withLock { $0.records.isEmpty })
            let told = try await stage.provider.control("GET", "families/\(family)")
            #expect(told["revoked"] == true)
        }
    }

    @Test func `tokens die that come for a connection that was forgotten meanwhile`() async throws {
        try await Stage.play { stage in
            let endpoint = try stage.heldEndpoint()
            var connection = stage.connection(.password) {
                $0.tokenURI = endpoint.uri
                $0.username = Secret("person")
                $0.password = Secret("person-secret")
            }
            connection.revokeURI = .literal("http://127.0.0.1:\(stage.provider.port)/revoke")
            connection.name = "made"
            let id = CredentialID(connection: "made", tenant: "a")
            let store = MemoryStore()
            let service = try stage.service(store: store)
            try await service.insert(connection)
            async let answer = service.token(for: id, until: .far).word
            await endpoint.answered()
            // Nothing is stored yet: only what comes then can be told of.
            try await service.remove("made")
            try await service.forget(connection)
            await endpoint.release()
            #expect(await answer == "person: configuration")
            var revoked: JSONValue?
            let end = Instant.far
            while revoked != 1, .now < end {
                revoked = try await stage.provider.control("GET", "stats")["families"]?["revoked"]
            }
            #expect(revoked == 1)
            #expect(store.state.withLock { $0.records.isEmpty })
        }
    }

    @Test func `a provider is told again of tokens of which nothing is stored`() async throws {
        let unavailable = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        let server = try RawServer(unavailable, after: "token_type_hint=")
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = connection(stage) {
                $0.name = "made"
                $0.tokenURI = endpoint.uri
                $0.revokeURI = .literal("http://127.0.0.1:\(server.port)/revoke")
            }
            let id = CredentialID(connection: "made")
            let token = try await stage.provider.grant()
            var stored = stage.stored(connection, age: Age.expired, refreshToken: token, id: id)
            stored.accessToken = nil
            let service = try stage.service(store: MemoryStore([id: stored]))
            try await service.insert(connection)
            async let answer = service.token(for: id, until: .far).word
            await endpoint.answered()
            try await server.play {
                try await service.remove("made")
                try await service.forget(connection)
                await endpoint.release()
                // The old refresh token, and the new one, each more than once.
                var told: [Substring: Int] = [:]
                let end = Instant.far
                while told.count < 2 || told.values.contains(1), .now < end {
                    told = [:]
                    for line in await server.text.split(separator: "\r\n")
                    where line.hasPrefix("token=") {
                        told[line.prefix { $0 != "&" }, default: 0] += 1
                    }
                }
                #expect(told.count >= 2 && told["token=\(token)"] != nil)
                await service.stop(until: .far)
            }
            #expect(await answer == "person: configuration")
        }
    }
}
