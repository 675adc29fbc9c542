import Config
import Credentials
import Crypto
import JSON
import Synchronization
import Testing
import Time
import Tokens

/// Tokens of a connection that is about to be changed: stored first, and used by nobody before.
@Suite struct KeptTests {
    private static let id = CredentialID(connection: "made")

    /// A connection of the provider, and what a change makes of it.
    private func connections(_ stage: Stage) -> (
        old: ConnectionConfiguration, new: ConnectionConfiguration
    ) {
        let old = stage.connection {
            $0.name = "made"
            $0.revokeURI = .literal("http://127.0.0.1:\(stage.provider.port)/revoke")
        }
        var new = old
        new.api = APIClientConfiguration(baseURI: .literal("https://elsewhere.test"))
        return (old, new)
    }

    private func attempt(
        _ service: TokenService,
        _ stage: Stage,
        _ connection: ConnectionConfiguration
    ) async throws -> Attempt {
        let token = Secret(try await stage.provider.grant())
        return try await service.attempt(connection, tenant: nil, refreshToken: token)
    }

    /// Waits until the provider was told of the tokens of all families but for some.
    private func untilRevoked(_ stage: Stage, _ families: [String]) async throws {
        for family in families {
            var isTold = false
            let end = Instant.far
            while !isTold, .now < end {
                let told = try await stage.provider.control("GET", "families/\(family)")
                isTold = told["revoked"] == true
            }
            #expect(isTold)
        }
    }

    @Test func `what is kept is used when its connection is served, and not before`() async throws {
        try await Stage.play("rotating") { stage in
            let (old, new) = connections(stage)
            let id = Self.id
            let store = MemoryStore([id: stage.stored(old, refreshToken: "r", id: id)])
            let service = try stage.service(store: store)
            try await service.insert(old)
            #expect(await service.token(for: id, until: .far).word == "hit 1")
            #expect(try await service.hold(id) == 1)
            let attempt = try await attempt(service, stage, new)
            try await service.keep(attempt, for: id, under: new, moves: true)
            #expect(store[id]?.generation == 2)
            #expect(try await service.state(of: id).generation == 1)
            #expect(await service.token(for: id, until: .far).word == "hit 1")
            #expect(service.slot(for: id).read()?.generation == 1)
            try await service.replace(new)
            #expect(service.slot(for: id).read()?.generation == 2)
            #expect(await service.token(for: id, until: .far).token == store[id]?.access)
            await service.release(id)
            #expect(store.state.withLock { $0.locked.isEmpty })
        }
    }

    @Test func `who waits for a refresh meanwhile gets what is kept`() async throws {
        try await Stage.play("rotating") { stage in
            let (old, new) = connections(stage)
            let id = Self.id
            let expired = stage.stored(old, age: Age.expired, refreshToken: "r", id: id)
            let store = MemoryStore([id: expired])
            let service = try stage.service(store: store)
            try await service.insert(old)
            _ = try await service.hold(id)
            let attempt = try await attempt(service, stage, new)
            let changes = await Changes(of: service)
            async let answer = service.token(for: id, until: .far).token
            _ = await changes.first { $0.state == .refreshing || $0.generation == 1 }
            try await service.keep(attempt, for: id, under: new, moves: true)
            try await service.replace(new)
            await service.release(id)
            #expect(await answer == store[id]?.access)
            #expect(store[id]?.generation == 2)
            // The refresh token of before was not sent anywhere.
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test(arguments: [true, false])
    func `what is taken back ends at the provider`(wasConnected: Bool) async throws {
        try await Stage.play("rotating") { stage in
            let (old, new) = connections(stage)
            let id = Self.id
            let before = stage.stored(old, refreshToken: "r", id: id)
            let store = MemoryStore(wasConnected ? [id: before] : [:])
            let service = try stage.service(store: store)
            try await service.insert(old)
            #expect(try await service.hold(id) == (wasConnected ? 1 : 0))
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let attempt = try await service.attempt(new, tenant: nil, refreshToken: Secret(token))
            try await service.keep(attempt, for: id, under: new, moves: true)
            try await service.takeBack(attempt, of: id, from: new)
            #expect(store[id] == (wasConnected ? before : nil))
            await service.release(id)
            try await untilRevoked(stage, [family])
        }
    }

    @Test func `what cannot be kept ends at the provider`() async throws {
        try await Stage.play("rotating") { stage in
            let (old, new) = connections(stage)
            let store = MemoryStore()
            let service = try stage.service(store: store)
            try await service.insert(old)
            _ = try await service.hold(Self.id)
            let grant = try await stage.provider.control("POST", "grant")
            let family = try #require(grant["family"]?.string)
            let token = try #require(grant["refresh_token"]?.string)
            let attempt = try await service.attempt(new, tenant: nil, refreshToken: Secret(token))
            store.state.withLock {
                $0.storeFaults = Array(repeating: .conflict(stored: 7), count: 5)
            }
            await #expect(throws: CredentialRefusal.self) {
                try await service.keep(attempt, for: Self.id, under: new, moves: false)
            }
            await service.release(Self.id)
            #expect(store[Self.id] == nil)
            try await untilRevoked(stage, [family])
        }
    }

    @Test func `what is disowned is tried again, and the account of the change left out`()
        async throws
    {
        try await Stage.play("rotating") { stage in
            let (old, new) = connections(stage)
            let id = Self.id
            let other = CredentialID(connection: "made", tenant: "b")
            let store = MemoryStore([
                id: stage.stored(new, refreshToken: "r", id: id),
                other: stage.stored(old, refreshToken: "r", id: other),
            ])
            let service = try stage.service(store: store)
            store.state.withLock { $0.storeFaults = [.full(path: "/vault")] }
            // As at a start, before the connection is served.
            try await service.disown(before: new, except: id)
            #expect(store[id]?.refreshToken != nil)
            #expect(store[other]?.refreshToken == nil && store[other]?.accessToken == nil)
        }
    }
}

extension Credential {
    /// The access token as text.
    fileprivate var access: String? { accessToken?.reveal() }
}
