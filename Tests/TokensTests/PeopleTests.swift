import Config
import Credentials
import Crypto
import Synchronization
import Testing
import Time
import Tokens

/// Rules 16 and 17: what people do with credentials counts before they get their answer.
@Suite struct PeopleTests {
    @Test func `an imported refresh token is tried, and its result stored`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            #expect(
                await service.token(for: Stage.id, until: .far).word
                    == "person: needs_authorization"
            )
            let token = try await stage.provider.grant()
            let state = try await service.importCredential(
                Stage.id,
                refreshToken: Secret(token),
                parameters: ["region": "eu"]
            )
            #expect(state.state == .connected && state.generation == 1)
            #expect(state.fields["region"] == "eu")
            #expect(state.tokenFingerprint?.count == 16)
            #expect(store[Stage.id]?.refreshToken != Secret(token))
            #expect(service.slot(for: Stage.id).read()?.accessToken != nil)
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 1")
        }
    }

    @Test func `tokens are known by account, generation and client`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            let id = Stage.id
            #expect(try await service.hasStored(of: id, after: 0, under: connection))
            #expect(try await !service.hasStored(of: id, after: 1, under: connection))
            let tenant = CredentialID(connection: "crm", tenant: "a")
            #expect(try await !service.hasStored(of: tenant, after: 0, under: connection))
            var other = connection
            other.clientSecret = Secret("another")
            #expect(try await !service.hasStored(of: id, after: 0, under: other))
            try await service.disown(before: other)
            #expect(store[id]?.refreshToken == nil && store[id]?.accessToken == nil)
        }
    }

    @Test func `a refresh token that is refused leaves what was stored`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let before = store[Stage.id]
            let service = try stage.service(connection, store: store)
            let nonsense = Secret("nonsense")
            let refused = await refusal {
                try await service.importCredential(Stage.id, refreshToken: nonsense)
            }
            #expect(refused?.code == "needs_authorization")
            try await stage.provider.script(#"{"status":503}"#)
            let down = await refusal {
                try await service.importCredential(Stage.id, refreshToken: nonsense)
            }
            #expect(down?.code == "token_endpoint")
            #expect(store[Stage.id] == before)
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 1")
        }
    }

    @Test func `an imported refresh token that was rotated outlives a vault that fails`()
        async throws
    {
        try await Stage.play("rotating") { stage in
            let store = MemoryStore()
            store.state.withLock { $0.storeFaults = [.full(path: "/v")] }
            let service = try stage.service(stage.connection(), store: store)
            let token = try await stage.provider.grant()
            let state = try await service.importCredential(
                Stage.id,
                refreshToken: Secret(token)
            )
            #expect(state.state == .connected)
            #expect(try await service.refresh(Stage.id).generation == 2)
        }
    }

    @Test func `an imported access token is stored as given, unless a header could not hold it`()
        async throws
    {
        try await Stage.play { stage in
            let store = MemoryStore()
            let service = try stage.service(stage.connection(), store: store)
            for bad in ["", "a b", "a\r\nX: y", "ä"] {
                await #expect(throws: CredentialRefusal.self) {
                    try await service.importCredential(
                        Stage.id,
                        refreshToken: nil,
                        accessToken: Secret(bad)
                    )
                }
            }
            let end = WallTime(seconds: WallClock.now + 5000)
            let state = try await service.importCredential(
                Stage.id,
                refreshToken: nil,
                accessToken: Secret("canary"),
                expiresAt: end
            )
            #expect(state.expiresAt == end)
            #expect(await service.token(for: Stage.id, until: .far).token == "canary")
            #expect(try await stage.provider.calls() == 0)
        }
    }

    @Test func `importing ends needs_authorization and every pause`() async throws {
        try await Stage.play("rotating") { stage in
            let connection = stage.connection()
            let store = MemoryStore([
                Stage.id: stage.stored(connection, age: Age.expired, refreshToken: "spent")
            ])
            let service = try stage.service(connection, store: store)
            _ = await service.token(for: Stage.id, until: .far)
            #expect(try await service.state(of: Stage.id).state == .needsAuthorization)
            let token = try await stage.provider.grant()
            _ = try await service.importCredential(Stage.id, refreshToken: Secret(token))
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 3")
        }
    }

    @Test func `what is deleted is served no more, and does not seed itself again`() async throws {
        try await Stage.play { stage in
            let token = try await stage.provider.grant()
            let connection = stage.connection { $0.refreshToken = Secret(token) }
            let store = MemoryStore()
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "wait 1")
            let state = try await service.delete(Stage.id)
            #expect(state.state == .neverConnected)
            #expect(service.slot(for: Stage.id).read()?.accessToken == nil)
            let again = try stage.service(connection, store: store)
            for service in [service, again] {
                #expect(
                    await service.token(for: Stage.id, until: .far).word
                        == "person: needs_authorization"
                )
            }
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `what is revoked is served no more, until somebody imports`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 1")
            #expect(try await service.revoke(Stage.id).state == .revoked)
            #expect(service.slot(for: Stage.id).read()?.accessToken == nil)
            #expect(await service.token(for: Stage.id, until: .far).word == "person: revoked")
            let token = try await stage.provider.grant()
            _ = try await service.importCredential(Stage.id, refreshToken: Secret(token))
            #expect(await service.token(for: Stage.id, until: .far).word == "hit 3")
        }
    }

    @Test func `a deletion during a refresh is not undone by its answer`() async throws {
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let connection = stage.connection { $0.tokenURI = endpoint.uri }
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            async let answer = service.token(for: Stage.id, until: .far).word
            await endpoint.answered()
            _ = try await service.delete(Stage.id)
            await endpoint.release()
            #expect(await answer == "person: needs_authorization")
            #expect(await service.stop(until: .far))
            #expect(store[Stage.id]?.status == .neverConnected)
            #expect(store[Stage.id]?.refreshToken == nil)
            #expect(service.slot(for: Stage.id).read()?.accessToken == nil)
            #expect(store.state.withLock { $0.locked.isEmpty })
        }
    }

    @Test func `a person may refresh a good token, and learns what came of it`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            let service = try stage.service(connection, store: store)
            #expect(try await service.refresh(Stage.id).generation == 2)
            try await stage.provider.script(#"{"status":503}"#)
            let down = await refusal { try await service.refresh(Stage.id) }
            #expect(down?.code == "token_endpoint")
            // The failure's pause does not hold up a person.
            #expect(try await service.refresh(Stage.id).generation == 3)
            try await stage.provider.script(#"{"status":400,"body":{"error":"invalid_grant"}}"#)
            let refused = await refusal { try await service.refresh(Stage.id) }
            #expect(refused?.code == "needs_authorization")
            #expect(try await service.refresh(Stage.id).state == .connected)
        }
    }

    @Test func `a person's refresh follows one that was under way and failed`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let store = try await stage.storeWithFamily(connection, age: Age.expired)
            let service = try stage.service(connection, store: store)
            try await stage.provider.script(#"{"status":503,"delay_ms":500}"#)
            let changes = await Changes(of: service)
            async let answer = service.token(for: Stage.id, until: .far)
            _ = await changes.first { $0.state == .refreshing }
            #expect(try await service.refresh(Stage.id).generation == 2)
            _ = await answer
            #expect(try await stage.provider.calls() == 2)
        }
    }

    @Test func `all connections are listed, and tenants that have credentials`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let open = stage.connection(.none) { $0.name = "open" }
            let tenants = ["b", "a"].map { CredentialID(connection: "crm", tenant: $0) }
            let gone = CredentialID(connection: "gone")
            var records = Dictionary(
                uniqueKeysWithValues: tenants.map {
                    ($0, stage.stored(connection, refreshToken: "r", id: $0))
                }
            )
            records[gone] = stage.stored(connection)
            let service = try stage.service(connection, open, store: MemoryStore(records))
            let nobody = CredentialID(connection: "crm", tenant: "nobody")
            _ = await service.token(for: nobody, until: .far)
            let states = try await service.states(limit: 10).states
            #expect(
                states.map { "\($0.id) \($0.state.rawValue)" } == [
                    "crm never_connected", "crm/a connected", "crm/b connected",
                    "open connected",
                ]
            )
            #expect(states.allSatisfy { $0.fields.isEmpty })
        }
    }

    @Test func `a connection that is forgotten leaves nothing`() async throws {
        try await Stage.play { stage in
            let connection = stage.connection()
            let tenant = CredentialID(connection: "crm", tenant: "a")
            let store = try await stage.storeWithFamily(connection, age: Age.good)
            store.state.withLock { $0.records[tenant] = stage.stored(connection, id: tenant) }
            let service = try stage.service(connection, store: store)
            let slot = service.slot(for: Stage.id)
            _ = await service.token(for: Stage.id, until: .far)
            try await service.forget(stage.connection())
            #expect(slot.read() == nil)
            #expect(store.state.withLock { $0.records.isEmpty })
        }
    }

    @Test func `a new configuration counts at once`() async throws {
        try await Stage.play { stage in
            let wrong = stage.connection(.clientCredentials) {
                $0.clientSecret = Secret("wrong")
            }
            let service = try stage.service(wrong, store: MemoryStore())
            let refused = await service.token(for: Stage.id, until: .far)
            #expect(refused.word == "person: configuration")
            await service.reconfigure([stage.connection(.clientCredentials)])
            let answer = await service.token(for: Stage.id, until: .far)
            #expect(answer.token != nil, "\(answer.word)")
            await service.reconfigure([])
            #expect(service.slot(for: Stage.id).read() == nil)
            let gone = await service.token(for: Stage.id, until: .far)
            #expect(gone.word == "person: configuration")
        }
    }
}

/// What a wish is refused with; `nil` if it is fulfilled.
private func refusal(
    _ wish: () async throws -> CredentialState
) async -> CredentialRefusal? {
    do {
        _ = try await wish()
        return nil
    } catch {
        return error as? CredentialRefusal
    }
}
