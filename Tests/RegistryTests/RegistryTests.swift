import Config
import Credentials
import Crypto
import JSON
import Registry
import Support
import Synchronization
import Testing
import Vault

@Suite struct RegistryTests {
    private let place: TemporaryFolder
    private let vault: FileVault

    init() throws {
        place = try TemporaryFolder()
        vault = try FileVault.open(
            folder: place.file("vault"),
            key: .file(path: place.file("key"))
        )
    }

    /// The registry as a new process would have it.
    private func registry() -> ConnectionRegistry {
        ConnectionRegistry(
            folder: EntryFolder(path: place.file("vault.connections")),
            secrets: vault
        )
    }

    private func entry(_ name: String) -> String? { place.read("vault.connections/\(name).json") }

    private static func members(_ text: String) throws -> ConnectionMembers {
        let value = try #require(JSONValue(json: Array(text.utf8)))
        guard case .object(let members) = value else { throw TestFailure(text) }
        return try ConnectionMembers(written: members)
    }

    private static let text = """
        {"grant":"client_credentials","token_uri":"https://idp.test/token","client_id":"c",\
        "client_secret":"canary-1","field":{"key":"canary-2"},"token_param":{"a":"canary-3"},\
        "client_auth":{"method":"private_key_jwt","alg":"RS256",\
        "key":"-----BEGIN PRIVATE KEY-----canary-4"},"parameter":{"region":"eu","api_key":"canary-5"},\
        "base_uri":"https://api.test","headers":{"X-Api-Key":"canary-6","X-Api-Version":"seen",\
        "Authorization":"Bearer {{access_token}}","X-Plain":"canary-7","Cookie":"canary-8{{key}}"},\
        "query":{"s":["canary-9","canary-10"]},"extra":{"prompt":"login","x":"canary-11"}}
        """

    @Test func `what is stored comes back whole, and no secret lies open`() async throws {
        let members = try Self.members(Self.text)
        try await registry().store(members, as: "crm")
        let open = try #require(entry("crm"))
        #expect(!open.contains("canary"))
        for seen in [
            "idp.test", "RS256", "seen", "eu", "login", "{{access_token}}", "\"secrets\":\"crm@",
        ] {
            #expect(open.contains(seen), "\(seen)")
        }
        let ids = try vault.listSecrets()
        #expect(ids.count == 1 && open.contains("\"\(ids[0])\""))
        #expect(try vault.secrets(ids[0])?.reveal().contains("\"connection\":\"crm\"") == true)
        let content = try await registry().load()
        #expect(content.problems.isEmpty)
        let found = try #require(content.entries["crm"]?.members)
        for (name, value) in [("client_secret", "canary-1"), ("field.key", "canary-2")] {
            #expect(found.object.value(at: name) == .string(value))
        }
        #expect(found.object.value(at: "parameter.api_key") == .string("canary-5"))
        #expect(found.object.value(at: "api_client.header.X-Api-Key") == .string("canary-6"))
        #expect(try await registry().entry(of: "crm") == .settled(found))
        #expect(try await registry().entry(of: "other") == nil)
    }

    @Test func `a change leaves no old secret, a removal none at all`() async throws {
        let registry = registry()
        try await registry.store(try Self.members(Self.text), as: "crm")
        let first = try vault.listSecrets()
        try await registry.store(
            try Self.members("{\"client_secret\":\"canary-9\",\"grant\":\"none\"}"),
            as: "crm"
        )
        let second = try vault.listSecrets()
        #expect(first.count == 1 && second.count == 1 && first != second)
        try await registry.store(try Self.members("{\"grant\":\"none\"}"), as: "crm")
        #expect(try vault.listSecrets().isEmpty)
        #expect(entry("crm")?.contains("\"secrets\":null") == true)
        try await registry.store(try Self.members(Self.text), as: "crm")
        try await registry.remove("crm")
        #expect(try vault.listSecrets().isEmpty && entry("crm") == nil)
        #expect(try vault.verify().isEmpty)
    }

    @Test func `what a crash cut off is told, with all that is known of it`() async throws {
        let registry = registry()
        let members = try Self.members(Self.text)
        let other = try Self.members("{\"grant\":\"none\",\"client_secret\":\"canary-12\"}")
        try await registry.stage(members, bringing: nil, as: "made")
        try await registry.store(members, as: "gone")
        try await registry.mark("gone")
        try await registry.store(members, as: "changed")
        try await registry.stage(other, bringing: nil, as: "changed")
        try await registry.store(members, as: "stays")
        // Written before an entry that never came.
        let id = SecretsID(newRevisionOf: "stays")
        try vault.storeSecrets(Secret("{}"), as: id)
        let content = try await self.registry().load()
        #expect(content.entries.keys.sorted() == ["changed", "gone", "made", "stays"])
        let whole = try #require(content.entries["stays"]?.members)
        #expect(content.entries["stays"] == .settled(whole))
        #expect(content.entries["gone"] == .deleting(whole))
        #expect(content.entries["made"] == .making(whole))
        #expect(content.entries["changed"] == .changing(whole, next: other))
        #expect(whole["client_secret"] == .string("canary-1"))
        let owners = try vault.listSecrets().map(\.connection).sorted()
        #expect(owners == ["changed", "changed", "gone", "made", "stays"])
        #expect(try vault.secrets(id) == nil)
        #expect(try await registry.entry(of: "gone")?.members == nil)
        #expect(entry("changed")?.contains("canary") == false)
    }

    @Test func `what is staged takes its place whole, or leaves nothing`() async throws {
        let registry = registry()
        let old = try Self.members(Self.text)
        let new = try Self.members("{\"grant\":\"none\",\"client_secret\":\"canary-12\"}")
        try await registry.stage(old, bringing: nil, as: "crm")
        #expect(try await registry.entry(of: "crm")?.members == nil)
        try await registry.discard("crm")
        #expect(try await registry.entry(of: "crm") == nil)
        #expect(try vault.listSecrets().isEmpty)
        try await registry.store(old, as: "crm")
        let before = try await registry.entry(of: "crm")
        let ids = try vault.listSecrets()
        try await registry.stage(new, bringing: nil, as: "crm")
        #expect(try await registry.entry(of: "crm")?.members == before?.members)
        try await registry.discard("crm")
        #expect(try await registry.entry(of: "crm") == before)
        #expect(try vault.listSecrets() == ids)
        // One that a crash left is replaced.
        try await registry.stage(old, bringing: nil, as: "crm")
        try await registry.stage(new, bringing: nil, as: "crm")
        try await registry.commit("crm")
        #expect(try await registry.entry(of: "crm") == .settled(new))
        #expect(try vault.listSecrets().count == 1)
        try await registry.commit("crm")
        try await registry.discard("crm")
        #expect(try await registry.entry(of: "crm") == .settled(new))
    }

    @Test(arguments: [
        "", "{", "[]", "{\"version\":2,\"name\":\"crm\",\"secrets\":null,\"connection\":{}}",
        "{\"version\":1,\"name\":\"other\",\"secrets\":null,\"connection\":{}}",
        "{\"version\":1,\"name\":\"crm\",\"secrets\":\"other@0011223344556677\",\"connection\":{}}",
        "{\"version\":1,\"name\":\"crm\",\"secrets\":7,\"connection\":{}}",
        "{\"version\":1,\"name\":\"crm\",\"secrets\":null,\"connection\":[]}",
        "{\"version\":1,\"name\":\"crm\",\"secrets\":\"crm@0011223344556677\",\"connection\":{}}",
    ])
    func `a damaged entry is told, and harms no other`(text: String) async throws {
        let registry = registry()
        try await registry.store(try Self.members(Self.text), as: "crm")
        try await registry.store(try Self.members(Self.text), as: "mail")
        try place.write("vault.connections/crm.json", text)
        let content = try await self.registry().load()
        #expect(content.entries.keys.sorted() == ["mail"])
        let reason = try #require(content.problems["crm"])
        #expect(reason.contains("crm.json") && !reason.contains("canary"))
        // Its secrets are kept for whoever mends it.
        #expect(try vault.listSecrets().count == 2)
        try await registry.remove("crm")
        #expect(try vault.listSecrets().map(\.connection) == ["mail"])
    }

    @Test func `only what was never written counts as nothing`() async throws {
        let secrets = FailingSecrets()
        let folder = EntryFolder(path: place.file("entries"))
        let registry = ConnectionRegistry(folder: folder, secrets: secrets)
        let members = try Self.members(Self.text)
        let expected = ExpectedTokens(tenant: "a/\u{e9}\n", generation: 7)
        try await registry.stage(members, bringing: expected, as: "made")
        try await registry.store(members, as: "changed")
        try await registry.stage(members, bringing: expected, as: "changed")
        try await registry.store(members, as: "gone")
        try await registry.mark("gone")
        let entries = try await registry.load().entries
        let whole = try #require(entries["changed"]?.members)
        #expect(entries["made"] == .making(whole, bringing: expected))
        #expect(entries["changed"] == .changing(whole, next: whole, bringing: expected))
        for error in [StoreError.io(errno: 5, path: "/"), .wrongKey(path: "/")] {
            secrets.state.withLock { $0.reading = error }
            let unread = try await registry.load()
            #expect(unread.entries.isEmpty)
            #expect(unread.problems.keys.sorted() == ["changed", "gone", "made"])
            await #expect(throws: error) { try await registry.entry(of: "made") }
        }
        secrets.state.withLock { ($0.reading, $0.writing) = (nil, .full(path: "/")) }
        #expect(try await registry.load().entries == entries)
        await #expect(throws: StoreError.self) {
            try await registry.stage(members, bringing: expected, as: "half")
        }
        #expect(try await registry.entry(of: "half") == .making(.empty, bringing: expected))
        let damaged = place.read("entries/made.json")?.replacing(
            "\"after\":7",
            with: "\"after\":{}"
        )
        try place.write("entries/made.json", try #require(damaged))
        #expect(try await registry.load().problems.keys.sorted() == ["made"])
    }

    @Test func `what holds after a failure is said to hold`() async throws {
        let disk = UnsyncedDisk()
        let folder = EntryFolder(path: place.file("entries"), disk: disk)
        let registry = ConnectionRegistry(folder: folder, secrets: vault)
        let new = try Self.members("{\"grant\":\"none\"}")
        try await registry.store(try Self.members(Self.text), as: "crm")
        try await registry.stage(new, bringing: nil, as: "crm")
        disk.fails.withLock { $0 = true }
        try await registry.commit("crm")
        #expect(try await registry.entry(of: "crm") == .settled(new))
    }

    @Test func `names are looked for, and paths are none`() async throws {
        let registry = registry()
        #expect(try await !registry.has("crm"))
        #expect(!Files.names(in: place.path).contains("vault.connections"))
        try await registry.store(try Self.members(Self.text), as: "crm")
        try place.write("other.json", "{}")
        #expect(try await registry.has("crm"))
        for name in ["other", "../other", "./crm", "", "/"] {
            #expect(try await !registry.has(name))
        }
    }

    @Test func `secrets whose entry somebody took away are told and kept`() async throws {
        try await registry().store(try Self.members(Self.text), as: "crm")
        try EntryFolder(path: place.file("vault.connections")).remove("crm")
        let content = try await registry().load()
        #expect(content.problems["crm"]?.contains("missing") == true)
        #expect(try vault.listSecrets().count == 1)
    }

    @Test func `a name is changed by one process at a time`() async throws {
        let one = registry()
        let two = registry()
        #expect(try await one.lock("crm"))
        #expect(try await !one.lock("crm"))
        #expect(try await !two.lock("crm"))
        #expect(try await two.lock("mail"))
        // Reading, and changes of other names, do not wait for it.
        try await two.store(try Self.members(Self.text), as: "mail")
        #expect(try await two.load().entries.count == 1)
        two.unlock("crm")
        #expect(try await !two.lock("crm"))
        one.unlock("crm")
        #expect(try await two.lock("crm"))
        do {
            let gone = registry()
            #expect(try await gone.lock("x"))
        }
        #expect(try await one.lock("x"))
    }

    @Test func `a vault without a registry has no folder for it`() async throws {
        let content = try await registry().load()
        #expect(content.entries.isEmpty && content.problems.isEmpty)
        #expect(!Files.names(in: place.path).contains("vault.connections"))
    }

    @Test func `secrets are no credentials, and are sealed anew with them`() async throws {
        try await registry().store(try Self.members(Self.text), as: "crm")
        #expect(try vault.records().isEmpty)
        let id = try #require(try vault.listSecrets().first)
        let old = try #require(place.read("key"))
        let next = try FileVault.open(
            folder: place.file("vault"),
            key: .given(Secret(Base64.encode(Random.bytes(32)))),
            previousKey: Secret(String(old.filter { !$0.isNewline }))
        )
        #expect(try next.reseal().allSatisfy { $0.problem == nil && !$0.isUnderPreviousKey })
        #expect(throws: StoreError.self) { try vault.secrets(id) }
        #expect(try next.secrets(id)?.reveal().contains("canary-1") == true)
    }
}

extension ConnectionRegistry {
    /// Stores a connection.
    func store(_ members: ConnectionMembers, as name: String) async throws {
        try await stage(members, bringing: nil, as: name)
        try await commit(name)
    }
}
