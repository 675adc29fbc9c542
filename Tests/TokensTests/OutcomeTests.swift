import Config
import Credentials
import Crypto
import Log
import Synchronization
import Testing
import Time
import Tokens

/// Rules 12 to 21: what becomes of a refresh, and what is on disk when.
@Suite struct OutcomeTests {
    @Test func `lock, load, intent, result: in this order, and only then published`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let slot = Mutex<PublishedToken?>(nil)
            let published = Mutex<[Int?]>([])
            let token = try await stage.provider.grant()
            let store = MemoryStore(
                [Stage.id: stage.stored(connection, age: Age.expired, refreshToken: token)]
            ) { _ in
                let seen = slot.withLock { $0?.read()?.generation }
                published.withLock { $0.append(seen) }
            }
            let service = try stage.service(connection, store: store)
            slot.withLock { $0 = service.slot(for: Stage.id) }
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 2")
            #expect(await service.stop(until: .far))
            #expect(store.log == ["load", "lock", "load", "intent", "store", "unlock"])
            #expect(published.withLock { $0 } == [1, 1])
            #expect(store[Stage.id]?.refreshToken != Secret(token))
        }
    }

    @Test func `invalid_grant needs a person at once, after two calls at most`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let log = Transcript()
            let store = MemoryStore([
                Stage.id: stage.stored(
                    connection,
                    age: Age.expired,
                    refreshToken: "canary-refresh"
                )
            ])
            let service = try stage.service(connection, store: store, logger: log.logger)
            let answers = await inParallel(100) {
                await service.token(for: Stage.id, until: .far).word
            }
            #expect(Set(answers) == ["person: needs_authorization"])
            #expect(try await stage.provider.calls() <= 2)
            #expect(store[Stage.id]?.status == .needsAuthorization)
            #expect(service.slot(for: Stage.id).read()?.accessToken == nil)
            #expect(try await service.state(of: Stage.id).state == .needsAuthorization)
            #expect(log.text.contains("a person must act"))
            #expect(!log.text.contains("canary"))
            #expect(await service.refreshCounts()["crm"]?.results == [.invalidGrant: 1])
        }
    }

    @Test func `a hundred 401s against one generation cost one refresh`() async throws {
        try await Stage.play("kills-old-access") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 1")
            let answers = await inParallel(100) {
                await service.rejected(Stage.id, generation: 1, mayReplay: true, until: .far).word
            }
            #expect(Set(answers) == ["replay 2"])
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `after a forced refresh the next 401s pass through`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            _ = await service.token(for: Stage.id, until: .far)
            func reject(_ generation: Int) async -> String {
                await service.rejected(
                    Stage.id,
                    generation: generation,
                    mayReplay: true,
                    until: .far
                ).word
            }
            #expect(await reject(1) == "replay 2")
            #expect(await reject(2) == "pass")
            #expect(await reject(1) == "replay 2")
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `a request that cannot be sent again does not wait, but is refreshed for`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            _ = await service.token(for: Stage.id, until: .far)
            try await stage.provider.script(#"{"delay_ms":100}"#)
            let answer = await service.rejected(
                Stage.id,
                generation: 1,
                mayReplay: false,
                until: .far
            )
            #expect(answer.word == "pass")
            #expect(await service.stop(until: .far))
            #expect(service.slot(for: Stage.id).read()?.generation == 2)
        }
    }

    @Test func `an answer that was lost after commit is had by trying again in the grace`()
        async throws
    {
        try await Stage.play("grace") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"fault":"reset-after-commit"}"#)
            #expect(await service.token(for: Stage.id, until: .far).word == "unavailable")
            #expect(store[Stage.id]?.intent != nil)
            // A person does not wait for the pause to end.
            #expect(try await service.refresh(Stage.id).generation == 2)
            #expect(store[Stage.id]?.intent == nil)
            #expect(try await stage.provider.calls() == 2)
        }
    }

    @Test func `an intent that a crash left behind is followed by one more try at the start`()
        async throws
    {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let tenant = CredentialID(connection: "crm", tenant: "acme")
            let records = try await [Stage.id, tenant].asyncMap { id in
                let token = try await stage.provider.grant()
                var stored = stage.stored(connection, refreshToken: token, id: id)
                stored.intent = Intent(startedAt: WallTime(seconds: WallClock.now))
                return (id, stored)
            }
            let store = MemoryStore(Dictionary(uniqueKeysWithValues: records))
            let service = try stage.service(connection, store: store)
            #expect(await service.preload().isEmpty)
            await service.survey()
            #expect(await service.stop(until: .far))
            for id in [Stage.id, tenant] {
                #expect(store[id]?.intent == nil)
                #expect(service.slot(for: id).read()?.generation == 2)
            }
            #expect(try await stage.provider.calls() == 2)
        }
    }

    @Test func `only the refusal of that try needs a person`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            var stored = stage.stored(connection, refreshToken: "spent")
            stored.intent = Intent(startedAt: WallTime(seconds: WallClock.now))
            let service = try stage.service(connection, store: MemoryStore([Stage.id: stored]))
            await service.preload()
            #expect(await service.stop(until: .far))
            let state = try await service.state(of: Stage.id)
            #expect(state.state == .needsAuthorization)
            #expect(state.lastError?.message.contains("may have been lost") == true)
        }
    }

    @Test func `a token that cannot be stored is shown to nobody before it is`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let faults = Array(repeating: StoreError.full(path: "/v"), count: 100)
            store.state.withLock { $0.storeFaults = faults }
            let service = try stage.service(connection, store: store)
            let answers = await inParallel(10) {
                await service.token(for: Stage.id, until: .far).word
            }
            #expect(Set(answers) == ["unavailable"])
            #expect(service.slot(for: Stage.id).read()?.generation == 1)
            #expect(store[Stage.id]?.generation == 1)
            #expect(store.log.contains("store failed"))
            store.state.withLock { $0.storeFaults = [] }
            // The end waits for the new token to be safe, whatever else it cuts short.
            #expect(await service.stop(until: .far))
            #expect(store[Stage.id]?.generation == 2)
            #expect(service.slot(for: Stage.id).read()?.generation == 2)
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `a damaged record costs its own requests a 503, and a deletion mends it`()
        async throws
    {
        try await Stage.play { stage in
            let connection = stage.connection(.clientCredentials)
            let other = stage.connection(.clientCredentials) { $0.name = "other" }
            let store = MemoryStore()
            store.state.withLock { _ = $0.damaged.insert(Stage.id) }
            let service = try stage.service(connection, other, store: store)
            let problems = await service.preload()
            #expect(problems.map(\.id) == [Stage.id])
            #expect(await service.token(for: Stage.id, until: .far).word == "unavailable")
            let id = CredentialID(connection: "other")
            #expect(await service.token(for: id, until: .far).word == "wait 1")
            _ = try await service.delete(Stage.id)
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 2")
        }
    }

    @Test func `stopping waits for a refresh that has been sent`() async throws {
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = stage.connection { $0.tokenURI = endpoint.uri }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            async let answer = service.token(for: Stage.id, until: .far).word
            await endpoint.answered()
            #expect(await service.stop(until: .now) == false)
            await endpoint.release()
            #expect(await service.stop(until: .far))
            #expect(await answer == "wait 2")
            #expect(store[Stage.id]?.generation == 2)
            #expect(store[Stage.id]?.intent == nil)
        }
    }

    @Test func `stopping ends the wait for a lock, and nothing is asked`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            store.state.withLock { _ = $0.locked.insert(Stage.id) }
            let service = try stage.service(connection, store: store)
            async let answer = service.token(for: Stage.id, until: .far).word
            let state = try await service.state(of: Stage.id)
            #expect([.refreshing, .connected].contains(state.state))
            #expect(await service.stop(until: .far))
            #expect(await answer == "unavailable")
            #expect(try await stage.provider.calls() == 0)
            #expect(store.state.withLock { $0.locked } == [Stage.id])
        }
    }
}

extension Sequence {
    /// What the work answers for each element, one after another.
    func asyncMap<Result>(_ work: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await work(element)) }
        return results
    }
}
