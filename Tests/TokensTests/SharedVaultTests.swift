import Config
import Credentials
import Crypto
import Support
import Testing
import Time
import Tokens
import Vault

/// The service on the real vault, alone and with another one.
@Suite struct SharedVaultTests {
    @Test func `a restart costs no token call`() async throws {
        try await Stage.play { stage in
            let folder = try TemporaryFolder()
            let connection = stage.connection(.clientCredentials)
            let first = try stage.service(connection, store: try vault(in: folder))
            let token = await first.token(for: Stage.id, until: .far).token
            #expect(token != nil)
            #expect(await first.stop(until: .far))
            let second = try stage.service(connection, store: try vault(in: folder))
            #expect(await second.preload().isEmpty)
            let answer = await second.token(for: Stage.id, until: .far)
            #expect(answer.word == "hit 1" && answer.token == token)
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `two services, one vault and a hundred requests each at expiry cost one call`()
        async throws
    {
        try await Stage.play("rotating") { stage in
            let folder = try TemporaryFolder()
            let connection = stage.connection()
            let token = try await stage.provider.grant()
            let stored = stage.stored(connection, age: Age.expired, refreshToken: token)
            try vault(in: folder).store(stored, for: Stage.id, replacing: nil)
            try await stage.provider.script(#"{"delay_ms":100}"#)
            let services = try (0..<2).map { _ in
                try stage.service(connection, store: try vault(in: folder))
            }
            let answers = await inParallel(2) {
                [await tokens(of: services[0]), await tokens(of: services[1])]
            }
            let all = Set(answers.flatMap { $0 }.flatMap { $0 })
            #expect(all.count == 1 && all.first != nil)
            #expect(try await stage.provider.calls() == 1)
            #expect(try vault(in: folder).load(Stage.id)?.generation == 2)
        }
    }

    @Test func `what a person brings in one process ends the wait in the other`() async throws {
        try await Stage.play { stage in
            let folder = try TemporaryFolder()
            let connection = stage.connection()
            let one = try stage.service(connection, store: try vault(in: folder))
            let other = try stage.service(connection, store: try vault(in: folder))
            let needed = "person: needs_authorization"
            #expect(await one.token(for: Stage.id, until: .far).word == needed)
            let token = Secret(try await stage.provider.grant())
            _ = try await other.importCredential(Stage.id, refreshToken: token)
            var word = needed
            while word == needed { word = await one.token(for: Stage.id, until: .far).word }
            #expect(word == "hit 1")
            #expect(try await stage.provider.calls() == 1)
        }
    }

    @Test func `a 401 is answered with the token that another process has got`() async throws {
        try await Stage.play { stage in
            let folder = try TemporaryFolder()
            let connection = stage.connection()
            let token = try await stage.provider.grant()
            let stored = stage.stored(connection, age: Age.good, refreshToken: token)
            try vault(in: folder).store(stored, for: Stage.id, replacing: nil)
            let one = try stage.service(connection, store: try vault(in: folder))
            let other = try stage.service(connection, store: try vault(in: folder))
            #expect(await one.token(for: Stage.id, until: .far).word == "hit 1")
            #expect(try await other.refresh(Stage.id).generation == 2)
            let answer = await one.rejected(
                Stage.id,
                generation: 1,
                mayReplay: true,
                until: .far
            )
            #expect(answer.word == "replay 2")
            #expect(try await stage.provider.calls() == 1)
        }
    }

    private func vault(in folder: TemporaryFolder) throws -> FileVault {
        let key = try #require(SecretKey(Secret(bytes: Array(repeating: 7, count: 32))))
        return try FileVault(folder: folder.file("vault"), keys: Keyring(current: key))
    }
}

/// What a hundred requests get at once.
private func tokens(of service: TokenService) async -> [String?] {
    await inParallel(100) { await service.token(for: Stage.id, until: .far).token }
}
