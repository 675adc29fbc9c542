import Config
import Credentials
import Crypto
import Support
import Synchronization
import Testing
import Time
import Tokens

/// More tenants than are kept in memory.
@Suite struct IdleTests {
    private static func tenant(_ number: Int) -> CredentialID {
        CredentialID(connection: "crm", tenant: "t\(number)")
    }

    @Test func `tenants that nobody uses leave the memory, and come back when asked for`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection()
            let ids = (0..<200).map(Self.tenant)
            let records = ids.map { ($0, stage.stored(connection, refreshToken: "r", id: $0)) }
            let store = MemoryStore(Dictionary(uniqueKeysWithValues: records))
            let service = try stage.service(connection, store: store, livesMax: 20)
            let first = service.slot(for: ids[0])
            for round in 1...2 {
                for id in ids {
                    #expect(await service.token(for: id, until: .far).word == "hit 1", "\(round)")
                    #expect(await service.countInMemory <= 20)
                }
            }
            #expect(try await stage.provider.calls() == 0)
            // Who reads a slot that was given up looks for the new one.
            #expect(first.isRetired && first.read() == nil)
            _ = await service.token(for: ids[0], until: .far)
            #expect(service.slot(for: ids[0]).read()?.generation == 1)
            #expect(try await service.states(limit: 1000).states.count == 201)
        }
    }

    @Test func `tenants that callers invent leave nothing behind`() async throws {
        try await Stage.play { stage in
            let store = MemoryStore()
            let service = try stage.service(stage.connection(), store: store, livesMax: 20)
            for number in 0..<200 {
                let answer = await service.token(for: Self.tenant(number), until: .far)
                #expect(answer.word == "person: needs_authorization")
                #expect(await service.countInMemory <= 20)
            }
            #expect(try await service.states(limit: 1000).states.map(\.id) == [Stage.id])
        }
    }

    @Test func `tenants that callers invent leave nothing behind where the provider refuses them`()
        async throws
    {
        try await Stage.play("invalid-scope") { stage in
            let connection = stage.connection(.clientCredentials)
            let store = MemoryStore()
            let service = try stage.service(connection, store: store, livesMax: 20)
            for number in 0..<1000 {
                for _ in 1...2 {
                    let answer = await service.token(for: Self.tenant(number), until: .far)
                    #expect(answer.word == "person: configuration")
                }
                #expect(await service.countInMemory <= 20)
            }
            // Each is refused once while it is in memory.
            #expect(try await stage.provider.calls() == 1000)
            #expect(store.state.withLock { $0.records.isEmpty })
            #expect(try await service.states(limit: 1000).states.map(\.id) == [Stage.id])
            // Who asks for it is told why all the same.
            let last = try await service.state(of: Self.tenant(999))
            #expect(last.state == .needsAuthorization)
            #expect(last.lastError?.message.contains("invalid_scope") == true)
            // A mended configuration ends the refusal, as it does of what is stored.
            var mended = connection
            mended.clientSecret = Secret("wrong")
            await service.reconfigure([mended])
            let answer = await service.token(for: Self.tenant(999), until: .far)
            #expect(answer.word == "person: configuration")
            #expect(try await stage.provider.calls() == 1001)
        }
    }

    @Test(arguments: ["unavailable", "invalid-client"])
    func `tenants that callers invent leave the memory, whatever fails`(name: String) async throws {
        try await Stage.play(name) { stage in
            let connection = stage.connection(.clientCredentials)
            let store = MemoryStore()
            let service = try stage.service(connection, store: store, livesMax: 20)
            for number in 0..<100 {
                let answer = await service.token(for: Self.tenant(number), until: .far)
                #expect(answer.token == nil)
                #expect(await service.countInMemory <= 20)
            }
            #expect(store.state.withLock { $0.records.isEmpty })
        }
    }

    @Test func `what is being replaced stays in memory`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let ids = (0..<10).map(Self.tenant)
            let records = ids.map { ($0, stage.stored(connection, refreshToken: "r", id: $0)) }
            let gate = Gate()
            let (stores, storing) = AsyncStream.makeStream(of: Int.self)
            let store = MemoryStore(Dictionary(uniqueKeysWithValues: records)) {
                storing.yield($0.generation)
                gate.pass()
            }
            let service = try stage.service(connection, store: store, livesMax: 3)
            let attempt = try await service.attempt(
                connection,
                tenant: ids[0].tenant,
                refreshToken: Secret(try await stage.provider.grant())
            )
            #expect(await service.token(for: ids[0], until: .far).word == "hit 1")
            async let kept = service.keep(attempt, for: ids[0]).generation
            #expect(await stores.first { _ in true } == 2)
            for id in ids.dropFirst() { _ = await service.token(for: id, until: .far) }
            gate.open()
            #expect(try await kept == 2)
            #expect(service.slot(for: ids[0]).read()?.generation == 2)
        }
    }

    @Test func `what is being refreshed stays in memory`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            var records: [CredentialID: Credential] = [:]
            for number in 0..<30 {
                let id = Self.tenant(number)
                let token = try await stage.provider.grant()
                records[id] = stage.stored(
                    connection,
                    age: Age.expired,
                    refreshToken: token,
                    id: id
                )
            }
            let store = MemoryStore(records)
            let service = try stage.service(connection, store: store, livesMax: 3)
            try await stage.provider.script(#"{"delay_ms":50,"times":30}"#)
            let answers = await withTaskGroup(of: String.self) { group in
                for id in records.keys {
                    group.addTask { await service.token(for: id, until: .far).word }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers) == ["wait 2"])
            #expect(try await stage.provider.calls() == 30)
        }
    }

    @Test func `keep_alive reaches tenants that are not in memory`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection { $0.tokens.keepAlive = .seconds(5) }
            var records: [CredentialID: Credential] = [:]
            for number in 0..<30 {
                let token = try await stage.provider.grant()
                let id = Self.tenant(number)
                records[id] = stage.stored(
                    connection,
                    age: Age.good,
                    refreshToken: token,
                    id: id
                )
            }
            let store = MemoryStore(records)
            let service = try stage.service(connection, store: store, livesMax: 3)
            let changes = await Changes(of: service)
            var refreshed: Set<CredentialID> = []
            await service.survey()
            while refreshed.count < 30 {
                let state = await changes.first { $0.generation == 2 }
                guard let state else { break }
                refreshed.insert(state.id)
            }
            #expect(refreshed == Set(records.keys))
        }
    }
}
