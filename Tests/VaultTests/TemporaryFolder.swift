import Credentials
import Crypto
import FoundationEssentials
import Vault

/// A new folder that is removed with all that is in it when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    /// Makes the folder; if memory will do, where the machine keeps files in memory.
    init(inMemory: Bool = false) throws {
        let name = "attache-vault-\(Hex.encode(Random.bytes(8)))"
        let memory = "/dev/shm"
        path =
            inMemory && FileManager.default.isWritableFile(atPath: memory)
            ? "\(memory)/\(name)"
            : FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Where the tests put the vault.
    var vault: String { "\(path)/vault" }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    func put(_ bytes: [UInt8], at path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    func setPermissions(_ permissions: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    }
}

extension FileVault {
    /// A vault on the real disk.
    static func on(_ folder: TemporaryFolder, _ keys: Keyring = .test) throws -> FileVault {
        try FileVault(folder: folder.vault, keys: keys)
    }

    /// Whose records it has, as far as they can be opened.
    func list() throws -> [CredentialID] {
        try records().compactMap { (try? open($0))?.id }
    }
}

extension SecretKey {
    /// The key whose bytes are all the same.
    static func repeating(_ byte: UInt8) -> SecretKey {
        guard let key = SecretKey(Secret(bytes: Array(repeating: byte, count: 32))) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
    }
}

extension Keyring {
    static let test = Keyring(current: .repeating(1))
    static let other = Keyring(current: .repeating(2))
    static let rotated = Keyring(current: .repeating(2), previous: .repeating(1))
}

extension CredentialID {
    static let crm = CredentialID(connection: "crm")
    static let tenant = CredentialID(connection: "crm", tenant: "acme")
}

extension Credential {
    /// A credential whose tokens tell its generation.
    static func number(_ generation: Int) -> Credential {
        var credential = Credential()
        credential.generation = generation
        credential.status = .connected
        credential.accessToken = Secret("canary-access-\(generation)")
        credential.refreshToken = Secret("canary-refresh-\(generation)")
        credential.expiresAt = WallTime(seconds: 1_800_000_000.25)
        return credential
    }
}
