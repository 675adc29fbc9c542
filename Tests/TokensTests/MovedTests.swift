import Config
import Credentials
import Crypto
import Support
import Synchronization
import Testing
import Time
import Tokens

/// What becomes of tokens when their connection moves to another host: the next provider gets none,
/// and the one that gave them is told (RFC 7009).
@Suite struct MovedTests {
    /// A connection of the name `made` whose revocations go to a server of their own, with its
    /// stored credential.
    private func made(
        _ stage: Stage,
        _ server: RawServer,
        at tokenURI: Template
    ) async throws -> (connection: ConnectionConfiguration, stored: Credential, id: CredentialID) {
        let connection = stage.connection {
            $0.name = "made"
            $0.tokenURI = tokenURI
            $0.tokens.failureBackoff = .milliseconds(1) ... .milliseconds(5)
            $0.revokeURI = .literal("http://127.0.0.1:\(server.port)/revoke")
        }
        let id = CredentialID(connection: "made")
        let token = try await stage.provider.grant()
        let stored = stage.stored(connection, age: Age.expired, refreshToken: token, id: id)
        return (connection, stored, id)
    }

    /// The connection after it moved to where nobody listens.
    private func moved(_ connection: ConnectionConfiguration) -> ConnectionConfiguration {
        var new = connection
        new.tokenURI = .literal("http://127.0.0.1:1/token")
        new.revokeURI = .literal("http://127.0.0.1:1/revoke")
        return new
    }

    /// Waits until a server was told of so many tokens, and says of which.
    private func told(_ server: RawServer, _ count: Int) async -> Set<Substring> {
        var told: Set<Substring> = []
        let end = Instant.far
        while told.count < count, .now < end {
            let lines = await server.text.split(separator: "\r\n")
            told = Set(lines.filter { $0.hasPrefix("token=") }.map { $0.prefix { $0 != "&" } })
        }
        return told
    }

    @Test func `tokens die at the provider that gave them, if the connection moves`() async throws {
        let server = try RawServer(RevocationTests.taken, after: "token_type_hint=")
        try await Stage.play("rotating") { stage in
            let port = stage.provider.port
            let uri = try Template("http://127.0.0.1:\(port)/token")
            let (old, stored, id) = try await made(stage, server, at: uri)
            let token = stored.refreshToken?.reveal() ?? ""
            let store = MemoryStore([id: stored])
            let service = try stage.service(store: store)
            try await service.insert(old)
            try await server.play {
                try await service.disown(before: moved(old))
                try await service.replace(moved(old))
                #expect(
                    await told(server, 2) == ["token=\(token)", "token=canary-old-access"]
                )
            }
            #expect(store[id]?.withdrawals.isEmpty == true)
            #expect(store[id]?.refreshToken == nil && store[id]?.accessToken == nil)
        }
    }

    @Test func `a token that was just had again does not die`() async throws {
        let server = try RawServer(RevocationTests.taken, after: "token_type_hint=")
        try await Stage.play { stage in
            let uri = try Template("http://127.0.0.1:\(stage.provider.port)/token")
            let (old, stored, id) = try await made(stage, server, at: uri)
            let other = CredentialID(connection: "made", tenant: "a")
            var second = stored
            second.accessToken = Secret("canary-other-access")
            second.refreshToken = nil
            let store = MemoryStore([id: stored, other: second])
            let service = try stage.service(store: store)
            try await service.insert(old)
            try await server.play {
                try await service.disown(before: moved(old), except: id)
                #expect(await told(server, 1) == ["token=canary-other-access"])
            }
            #expect(store[id] == stored && store[other]?.accessToken == nil)
        }
    }

    @Test func `what a provider is still to be told of it is told, if the connection moves`()
        async throws
    {
        let unavailable = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        let server = try RawServer(unavailable, after: "token_type_hint=")
        try await Stage.play("rotating") { stage in
            let uri = try Template("http://127.0.0.1:\(stage.provider.port)/token")
            var (old, stored, id) = try await made(stage, server, at: uri)
            // A pause that no test outlives.
            old.tokens.failureBackoff = .seconds(300) ... .seconds(300)
            stored.seed = FlightRules(of: old, for: id).seed
            let store = MemoryStore([id: stored])
            let service = try stage.service(store: store)
            try await service.insert(old)
            try await server.play {
                let changes = await Changes(of: service)
                _ = try await service.revoke(id)
                _ = await changes.first { $0.lastError?.code == "revocation" }
                try await service.disown(before: moved(old))
                try await service.replace(moved(old))
                let end = Instant.far
                while await server.text.ranges(of: "POST /revoke").count < 2, .now < end {}
                #expect(await server.text.ranges(of: "POST /revoke").count == 2)
                await service.stop(until: .far)
            }
            #expect(store[id]?.withdrawals.isEmpty == true)
            #expect(store[id]?.status == .revoked)
        }
    }

    @Test(arguments: [false, true])
    func `tokens of a refresh die there too, if the connection moves meanwhile`(
        beginsAfterTheMove: Bool
    ) async throws {
        let server = try RawServer(RevocationTests.taken, after: "token_type_hint=")
        try await Stage.play("rotating") { stage in
            let endpoint = try stage.heldEndpoint()
            let (old, stored, id) = try await made(stage, server, at: endpoint.uri)
            let new = moved(old)
            let gate = Gate()
            let loads = Mutex(0)
            let held: @Sendable (CredentialID) -> Void = { _ in
                let count = loads.withLock { count in
                    count += 1
                    return count
                }
                // The move is looking at what is stored, to replace it.
                if beginsAfterTheMove, count == 1 { gate.pass() }
            }
            let store = MemoryStore([id: stored], loading: held)
            let service = try stage.service(store: store)
            try await service.insert(old)
            try await server.play {
                if beginsAfterTheMove {
                    async let moving: Void = service.disown(before: new)
                    let end = Instant.far
                    while loads.withLock({ $0 }) < 1, .now < end { await Task.yield() }
                    async let answer = service.token(for: id, until: .far).word
                    await endpoint.answered()
                    gate.open()
                    try await moving
                    try await service.replace(new)
                    #expect(await answer == "person: needs_authorization")
                } else {
                    async let answer = service.token(for: id, until: .far).word
                    await endpoint.answered()
                    try await service.disown(before: new)
                    try await service.replace(new)
                    #expect(await answer == "person: needs_authorization")
                }
                await endpoint.release()
                // The two of before, and the two of the answer.
                #expect(await told(server, 4).count == 4)
            }
            #expect(store[id]?.withdrawals.isEmpty == true)
        }
    }
}
