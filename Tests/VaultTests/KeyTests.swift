import Credentials
import Crypto
import FoundationEssentials
import Testing
import Vault

@Suite struct KeyTests {
    let folder: TemporaryFolder
    let keyPath: String

    init() throws {
        folder = try TemporaryFolder()
        keyPath = "\(folder.path)/attache.key"
    }

    private func open(key: Secret, previous: Secret? = nil) throws -> FileVault {
        try FileVault.open(folder: folder.vault, key: .given(key), previousKey: previous)
    }

    private func openWithFile() throws -> FileVault {
        try FileVault.open(folder: folder.vault, key: .file(path: keyPath))
    }

    static let first = SecretKey.repeating(1).base64()
    static let second = SecretKey.repeating(2).base64()

    @Test func `says at once that the key does not open the vault`() throws {
        _ = try open(key: Self.first)
        #expect(throws: VaultError.store(.wrongKey(path: folder.vault))) {
            try open(key: Self.second)
        }
        #expect(throws: VaultError.store(.wrongKey(path: folder.vault))) {
            try open(key: Self.second, previous: Self.second)
        }
        _ = try open(key: Self.first)
    }

    @Test func `tells what is wrong with keys before there is a vault, and makes nothing`() throws {
        func check(_ key: KeySource, previous: Secret? = nil, at path: String? = nil) throws {
            try FileVault.check(folder: path ?? folder.vault, key: key, previousKey: previous)
        }
        try check(.given(Self.first), previous: Self.second)
        try check(.file(path: keyPath))
        #expect(throws: VaultError.key(.wrongLength(source: "`key`", count: 3))) {
            try check(.given(Secret("YWJj")))
        }
        #expect(throws: VaultError.key(.notBase64(source: "`previous_key`"))) {
            try check(.given(Self.first), previous: Secret("?"))
        }
        #expect(throws: VaultError.self) {
            try check(.given(Self.first), at: "\(folder.path)/none/vault")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])

        _ = try open(key: Self.first)
        try check(.given(Self.first))
        #expect(throws: VaultError.store(.wrongKey(path: folder.vault))) {
            try check(.given(Self.second))
        }
        #expect(throws: VaultError.key(.missing(path: keyPath, folder: folder.vault))) {
            try check(.file(path: keyPath))
        }
    }

    @Test func `reads with the previous key and seals anew with the current one`() throws {
        try open(key: Self.first).store(.number(1), for: .crm, replacing: nil)
        try open(key: Self.first).store(.number(1), for: .tenant, replacing: nil)
        let vault = try open(key: Self.second, previous: Self.first)
        #expect(try vault.load(.crm) == .number(1))
        #expect(try vault.verify().filter(\.isUnderPreviousKey).count == 2)
        try vault.store(.number(2), for: .crm, replacing: 1)
        #expect(try vault.verify().filter(\.isUnderPreviousKey).map(\.id) == [.tenant])

        let without = try open(key: Self.second)
        #expect(try without.load(.crm) == .number(2))
        #expect(throws: StoreError.self) { try without.load(.tenant) }

        #expect(try vault.reseal().allSatisfy { $0.problem == nil && !$0.isUnderPreviousKey })
        #expect(try open(key: Self.second).load(.tenant) == .number(1))
        #expect(throws: VaultError.store(.wrongKey(path: folder.vault))) {
            try open(key: Self.first)
        }
    }

    @Test func `seals anew what it can when one record is damaged`() throws {
        try open(key: Self.first).store(.number(1), for: .crm, replacing: nil)
        try open(key: Self.first).store(.number(1), for: .tenant, replacing: nil)
        try folder.put([1], at: "\(folder.vault)/crm.sealed")
        let reports = try open(key: Self.second, previous: Self.first).reseal()
        #expect(reports.filter { $0.problem != nil }.map(\.id) == [.crm])
        #expect(try open(key: Self.second).load(.tenant) == .number(1))
    }

    @Test(arguments: ["", "\n", "not base 64!", "AQEB", "AQEB\n\n"])
    func `refuses text that is no key`(text: String) throws {
        #expect(throws: VaultError.self) { try open(key: Secret(text)) }
        #expect(throws: VaultError.self) { try open(key: Self.first, previous: Secret(text)) }
        try folder.put(Array(text.utf8), at: keyPath)
        try folder.setPermissions(0o600, of: keyPath)
        #expect(throws: VaultError.self) { try openWithFile() }
        #expect(try folder.bytes(keyPath) == Array(text.utf8))
        #expect(try folder.names(in: folder.path) == ["attache.key"])
    }

    @Test func `names what is wrong with a key and never shows it`() throws {
        let wrong: [(Secret, KeyProblem)] = [
            (Secret("AQEB"), .wrongLength(source: "`key`", count: 3)),
            (Secret("canary!"), .notBase64(source: "`key`")),
        ]
        for (key, problem) in wrong {
            #expect(throws: VaultError.key(problem)) { try open(key: key) }
            #expect("\(VaultError.key(problem))".contains("`key`"))
        }
        #expect(throws: VaultError.key(.wrongLength(source: "`previous_key`", count: 3))) {
            try open(key: Self.first, previous: Secret("AQEB"))
        }
    }

    @Test func `takes a newline after a key`() throws {
        _ = try open(key: Self.first)
        _ = try open(key: Secret(Self.first.reveal() + "\n"))
        _ = try open(key: Secret(Self.first.reveal() + "\r\n"))
    }

    @Test func `makes a key for a new vault, for its owner alone`() throws {
        try openWithFile().store(.number(1), for: .crm, replacing: nil)
        #expect(try KernelDisk().status(of: keyPath)?.permissions == 0o600)
        let text = String(decoding: try folder.bytes(keyPath), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        #expect(Base64.decode(String(text.dropLast()))?.count == 32)
        #expect(try openWithFile().load(.crm) == .number(1))
        #expect(try openWithFile().warnings == [])
        #expect(try open(key: Secret(text)).load(.crm) == .number(1))
        #expect(try folder.names(in: folder.path) == ["attache.key", "vault"])
    }

    @Test func `makes no second key for a vault that has lost its own`() throws {
        _ = try openWithFile()
        try FileManager.default.removeItem(atPath: keyPath)
        #expect(throws: VaultError.key(.missing(path: keyPath, folder: folder.vault))) {
            try openWithFile()
        }
        #expect(try folder.names(in: folder.path) == ["vault"])
    }

    @Test func `refuses a key file that others may change and warns of one they may read`() throws {
        _ = try openWithFile()
        for permissions in [0o620, 0o602, 0o666] {
            try folder.setPermissions(permissions, of: keyPath)
            #expect(throws: VaultError.key(.writableByOthers(path: keyPath))) {
                try openWithFile()
            }
        }
        for permissions in [0o640, 0o604, 0o644] {
            try folder.setPermissions(permissions, of: keyPath)
            #expect(try openWithFile().warnings.count == 1)
        }
        try folder.setPermissions(0o400, of: keyPath)
        #expect(try openWithFile().warnings == [])
    }

    @Test func `makes one key when many start at once`() async throws {
        let made = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask { [folder, keyPath] in
                    let vault = try? FileVault.open(
                        folder: folder.vault,
                        key: .file(path: keyPath)
                    )
                    let id = CredentialID(connection: "c\(number)")
                    return (try? vault?.store(.number(1), for: id, replacing: nil)) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 8)
        let reports = try openWithFile().verify()
        #expect(reports.count == 8)
        #expect(reports.allSatisfy { $0.problem == nil })
    }
}
