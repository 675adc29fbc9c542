import Credentials
import Crypto
import FoundationEssentials
import Testing
import Vault

@Suite struct FileVaultTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `has nothing at first`() throws {
        let vault = try FileVault.on(folder)
        #expect(try vault.load(.crm) == nil)
        #expect(try vault.list() == [])
        #expect(try vault.verify() == [])
        #expect(vault.warnings == [])
        try vault.delete(.crm)
    }

    @Test func `gives back all of a credential after opening it anew`() throws {
        var credential = Credential.number(7)
        credential.tokenType = "Bearer"
        credential.obtainedAt = WallTime(seconds: 1_799_999_000)
        credential.lifetime = 1000.5
        credential.refreshExpiresAt = WallTime(seconds: 1_900_000_000)
        credential.scopes = "a b"
        credential.fields = ["instance_url": "https://é.example/\u{0}\"\\", "": "/"]
        credential.status = .needsAuthorization
        credential.lastError = CredentialFault(
            code: "configuration",
            message: "m",
            at: WallTime(seconds: 3)
        )
        credential.intent = Intent(startedAt: WallTime(seconds: 4))
        credential.seed = SeedFingerprint(client: "c", request: "q", refreshToken: "r")
        credential.seedConsumed = true
        try FileVault.on(folder).store(credential, for: .tenant, replacing: nil)
        #expect(try FileVault.on(folder).load(.tenant) == credential)
        #expect(try FileVault.on(folder).load(.crm) == nil)
    }

    @Test func `tells by its stamp that a record has changed, and by nothing that it has not`()
        throws
    {
        let vault = try FileVault.on(folder)
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(1), for: .tenant, replacing: nil)
        let before = try vault.records()
        #expect(try FileVault.on(folder).records() == before)
        var seen = Set(before)
        for number in 2...20 {
            try vault.store(.number(number), for: .tenant, replacing: number - 1)
            let now = Set(try vault.records())
            #expect(now.subtracting(seen).count == 1 && now.count == 2)
            seen = now
        }
        let tenant = try #require(Set(seen).subtracting(before).first)
        #expect(try vault.open(tenant)?.id == .tenant)
        #expect(try vault.open(tenant)?.1 == .number(20))
        try vault.delete(.tenant)
        #expect(try vault.open(tenant) == nil)
        #expect(try vault.records().count == 1)
    }

    @Test func `stores only over the generation that it is told`() throws {
        let vault = try FileVault.on(folder)
        #expect(throws: StoreError.conflict(stored: nil)) {
            try vault.store(.number(2), for: .crm, replacing: 1)
        }
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(2), for: .crm, replacing: 1)
        for wrong in [nil, 0, 1, 3, -1, Int.max, Int.min] {
            #expect(throws: StoreError.conflict(stored: 2)) {
                try vault.store(.number(9), for: .crm, replacing: wrong)
            }
        }
        #expect(try vault.load(.crm) == .number(2))
        try vault.delete(.crm)
        #expect(try vault.load(.crm) == nil)
        try vault.store(.number(1), for: .crm, replacing: nil)
    }

    @Test func `stores an intent without a new generation`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(.number(5), for: .crm, replacing: nil)
        var withIntent = Credential.number(5)
        withIntent.intent = Intent(startedAt: WallTime(seconds: 1))
        try vault.store(withIntent, for: .crm, replacing: 5)
        #expect(try vault.load(.crm) == withIntent)
    }

    @Test func `stores the same again for whoever is not sure that it is safe`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(2), for: .crm, replacing: 1)
        try vault.store(.number(2), for: .crm, replacing: 1)
        var other = Credential.number(2)
        other.refreshToken = Secret("another")
        #expect(throws: StoreError.conflict(stored: 2)) {
            try vault.store(other, for: .crm, replacing: 1)
        }
    }

    @Test func `refuses a negative generation`() throws {
        let vault = try FileVault.on(folder)
        #expect(throws: StoreError.self) {
            try vault.store(.number(-1), for: .crm, replacing: nil)
        }
        #expect(try vault.load(.crm) == nil)
        try vault.store(.number(Int.max), for: .crm, replacing: nil)
        #expect(try vault.load(.crm) == .number(Int.max))
    }

    @Test func `keeps everybody else out of its files`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(.number(1), for: .crm, replacing: nil)
        let disk = KernelDisk()
        #expect(try disk.status(of: folder.vault)?.permissions == 0o700)
        for name in try folder.names(in: folder.vault) {
            #expect(try disk.status(of: "\(folder.vault)/\(name)")?.permissions == 0o600)
        }
        #expect(try folder.names(in: folder.vault) == ["crm.sealed", "key-check", "lock"])
    }

    @Test func `writes neither a token nor a tenant in the clear`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(
            .number(1),
            for: CredentialID(connection: "crm", tenant: "secretive-tenant"),
            replacing: nil
        )
        for name in try folder.names(in: folder.vault) {
            let text = String(decoding: try folder.bytes("\(folder.vault)/\(name)"), as: UTF8.self)
            #expect(!text.contains("canary"))
            #expect(!(name + text).contains("secretive"))
        }
    }

    static let names: [CredentialID] = [
        CredentialID(connection: "crm"), CredentialID(connection: "crm", tenant: ""),
        CredentialID(connection: "crm", tenant: "a"), CredentialID(connection: "crm", tenant: "A"),
        CredentialID(connection: "crm", tenant: "../../etc/passwd"),
        CredentialID(connection: "crm", tenant: "a\u{0}b"),
        CredentialID(connection: "crm", tenant: String(repeating: "t", count: 10_000)),
        CredentialID(connection: "crm+a"), CredentialID(connection: "crm.sealed"),
        CredentialID(connection: ".."), CredentialID(connection: "."),
        CredentialID(connection: ""), CredentialID(connection: "..", tenant: ".."),
        CredentialID(connection: "../escape"), CredentialID(connection: "/etc/passwd"),
        CredentialID(connection: "key-check"), CredentialID(connection: "lock"),
        CredentialID(connection: "a\u{0}b"), CredentialID(connection: "été"),
        CredentialID(connection: String(repeating: "n", count: 100)),
        CredentialID(connection: String(repeating: "n", count: 101)),
        CredentialID(connection: String(repeating: "n", count: 10_000), tenant: "x"),
    ]

    @Test func `keeps all names apart and inside the folder`() throws {
        let vault = try FileVault.on(folder)
        for (number, id) in Self.names.enumerated() {
            try vault.store(.number(number), for: id, replacing: nil)
        }
        for (number, id) in Self.names.enumerated() {
            #expect(try vault.load(id) == .number(number))
        }
        #expect(Set(try vault.list()) == Set(Self.names))
        #expect(try vault.list().count == Self.names.count)
        #expect(Set(try vault.verify().compactMap(\.id)) == Set(Self.names))
        #expect(try vault.verify().allSatisfy { $0.problem == nil })
        #expect(try folder.names(in: folder.path) == ["vault"])
        #expect(try folder.names(in: folder.vault).count == Self.names.count + 2)
    }

    @Test func `passes over files that are not its own`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(.number(1), for: .crm, replacing: nil)
        for name in ["README", "notes.tmp", "crm.sealed.bak", "x.00.tmp", ".sealed"] {
            try folder.put([1], at: "\(folder.vault)/\(name)")
        }
        #expect(try FileVault.on(folder).list() == [.crm])
        #expect(try folder.names(in: folder.vault).count == 8)
    }

    @Test func `takes a path with slashes at its end`() throws {
        let vault = try FileVault(folder: folder.vault + "//", keys: .test)
        try vault.store(.number(1), for: .crm, replacing: nil)
        #expect(try FileVault.on(folder).load(.crm) == .number(1))
    }

    @Test func `says when the vault is not a folder or cannot be made`() throws {
        try folder.put([], at: folder.vault)
        #expect(throws: StoreError.io(errno: 20, path: folder.vault)) {
            try FileVault.on(folder)
        }
        #expect(throws: StoreError.io(errno: 2, path: "\(folder.path)/a/b")) {
            try FileVault(folder: "\(folder.path)/a/b", keys: .test)
        }
    }

    @Test func `warns of a folder that everybody may change`() throws {
        _ = try FileVault.on(folder)
        try folder.setPermissions(0o777, of: folder.vault)
        #expect(try FileVault.on(folder).warnings.count == 1)
        try folder.setPermissions(0o770, of: folder.vault)
        #expect(try FileVault.on(folder).warnings.isEmpty)
    }

    @Test func `finds out that it may write without changing anything`() throws {
        let vault = try FileVault.on(folder)
        try vault.checkWritable()
        #expect(try folder.names(in: folder.vault) == ["key-check", "lock"])
    }
}
