import Config
import Credentials
import Crypto
import JSON
import Support
import Testing
import Time
import Tokens
import Vault

/// Many tenants of one connection that are to be refreshed at one time.
@Suite struct StormTests {
    private static let count = 60
    private static let quiet = CredentialID(connection: "quiet")

    private static func tenant(_ number: Int) -> CredentialID {
        CredentialID(connection: "crm", tenant: "t\(number)")
    }

    /// A service on a real vault whose tenants' tokens have some age, with at most 4 calls at once.
    private static func play(
        age: Double,
        _ body: @Sendable (TokenService, FileVault, Provider) async throws -> Void
    ) async throws {
        try await Stage.play("rotating") { stage in
            let folder = try TemporaryFolder()
            let crm = stage.connection { $0.tokens.concurrency = 4 }
            let quiet = stage.connection { $0.name = "quiet" }
            let key = try #require(SecretKey(Secret(bytes: Array(repeating: 7, count: 32))))
            let vault = try FileVault(folder: folder.file("vault"), keys: Keyring(current: key))
            for number in 0..<count {
                let id = tenant(number)
                let token = try await stage.provider.grant()
                try vault.store(
                    stage.stored(crm, age: age, refreshToken: token, id: id),
                    for: id,
                    replacing: nil
                )
            }
            let stored = stage.stored(quiet, refreshToken: "unused", id: Self.quiet)
            try vault.store(stored, for: Self.quiet, replacing: nil)
            let service = try stage.service(crm, quiet, store: vault)
            try await stage.provider.script(#"{"delay_ms":5,"times":100000}"#)
            try await body(service, vault, stage.provider)
            let calls = try await stage.provider.control("GET", "stats")
            #expect(calls["token_calls"]?.wholeNumber == count)
            #expect(try #require(calls["parallel_max"]?.wholeNumber) <= 4)
            for number in 0..<count {
                #expect(try vault.load(tenant(number))?.generation == 2)
            }
        }
    }

    @Test func `the timer refreshes each once, and few at a time`() async throws {
        try await Self.play(age: Age.inBuffer) { service, _, _ in
            let changes = await Changes(of: service)
            for number in 0..<Self.count {
                let id = Self.tenant(number)
                service.slot(for: id).noteUse(at: .now)
                // What loads it sets its timer, which rings at once.
                _ = try await service.state(of: id)
            }
            var refreshed: Set<CredentialID> = []
            while refreshed.count < Self.count {
                // Another connection has its tokens at once meanwhile.
                #expect(await service.token(for: Self.quiet, until: .far).word == "hit 1")
                guard let state = await changes.first({ $0.generation == 2 }) else { break }
                refreshed.insert(state.id)
            }
        }
    }

    @Test func `requests in the buffer wait a little and are served, each tenant with one call`()
        async throws
    {
        try await Self.play(age: Age.inBuffer) { service, _, _ in
            let words = await Self.ask(service)
            #expect(words.isSubset(of: ["wait 2", "hit 2", "stale 1"]))
            #expect(await service.stop(until: .far))
        }
    }

    @Test func `requests with expired tokens are all served, each tenant with one call`()
        async throws
    {
        try await Self.play(age: Age.expired) { service, _, _ in
            let words = await Self.ask(service)
            #expect(words.isSubset(of: ["wait 2", "hit 2"]))
        }
    }

    /// Three requests for each tenant at once.
    private static func ask(_ service: TokenService) async -> Set<String> {
        await withTaskGroup(of: String.self) { group in
            for number in 0..<count * 3 {
                group.addTask {
                    await service.token(for: tenant(number % count), until: .far).word
                }
            }
            return await group.reduce(into: []) { $0.insert($1) }
        }
    }
}
