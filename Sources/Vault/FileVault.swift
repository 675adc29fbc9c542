package import Credentials
package import Crypto
import Glibc
import Synchronization

/// Keeps credentials in a folder, one sealed file for each.
///
/// A record is encrypted and authenticated under the vault's key and bound to its credential and
/// generation; a change is durable when the call returns, and is made wholly or not at all, whatever
/// dies when. Several instances and processes may share a folder. A damaged record harms no other.
///
/// The version of a record is the credential's generation.
package final class FileVault: CredentialStore {
    /// What a person should be told when the vault is opened: permissions that are too wide.
    package let warnings: [String]

    let folder: SealedFolder

    /// The folder's path, without a slash at its end.
    package var path: String { folder.path }

    /// The descriptors that hold the credentials' locks.
    private let held = Mutex<[RecordName: Int32]>([:])

    /// Opens the vault in a folder, which is made if there is none, with its keys.
    ///
    /// - Throws: `StoreError.wrongKey` if the vault was sealed with neither key; what the system
    ///   refused.
    package init(
        folder path: String,
        keys: Keyring,
        disk: any Disk = KernelDisk(),
        warnings: [String] = []
    ) throws(StoreError) {
        folder = SealedFolder(path: FileVault.trimmed(path), keys: keys, disk: disk)
        self.warnings = warnings + (try folder.prepare())
    }

    /// Opens a vault as the configuration describes it.
    ///
    /// A key file that is missing is made if the vault is new. Where a previous key is given, what was
    /// sealed with it can still be read, and is sealed with the new one when it is stored next.
    /// - Throws: `VaultError` that names the key or the record that is wrong.
    package static func open(
        folder: String,
        key source: KeySource,
        previousKey: Secret? = nil,
        disk: any Disk = KernelDisk()
    ) throws(VaultError) -> FileVault {
        var warnings: [String] = []
        let keys: Keyring
        do throws(KeyProblem) {
            let previous = try previousKey.map(parsePrevious)
            let current: SecretKey
            switch source {
            case .given(let text): current = try KeyFile.parse(text, source: "`key`")
            case .file(let path):
                if let (key, warning) = try existing(path, of: folder, disk) {
                    current = key
                    if let warning { warnings.append(warning) }
                } else {
                    current = try KeyFile(path: path, disk: disk).make()
                }
            }
            keys = Keyring(current: current, previous: previous)
        } catch {
            throw .key(error)
        }
        do {
            return try FileVault(folder: folder, keys: keys, disk: disk, warnings: warnings)
        } catch {
            throw .store(error)
        }
    }

    /// Sees whether `open` would succeed, and makes neither a vault nor a key.
    ///
    /// - Throws: `VaultError` that names what is wrong.
    package static func check(
        folder: String,
        key source: KeySource,
        previousKey: Secret? = nil,
        disk: any Disk = KernelDisk()
    ) throws(VaultError) {
        var isKeyThere = true
        do throws(KeyProblem) {
            _ = try previousKey.map(parsePrevious)
            switch source {
            case .given(let text): _ = try KeyFile.parse(text, source: "`key`")
            case .file(let path):
                // One that is missing will be made.
                isKeyThere = try existing(path, of: folder, disk) != nil
            }
        } catch {
            throw .key(error)
        }
        let path = trimmed(folder)
        do throws(DiskError) {
            guard try disk.status(of: path) != nil else {
                let slash = path.lastIndex(of: "/")
                let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
                guard try disk.status(of: parent) == nil else { return }
                throw DiskError(.writing, errno: ENOENT, path: path)
            }
        } catch {
            throw .store(StoreError(error))
        }
        guard isKeyThere else { return }
        _ = try open(folder: folder, key: source, previousKey: previousKey, disk: disk)
    }

    /// The key that lies in a file, and a warning; nil if one is to be made.
    private static func existing(
        _ path: String,
        of folder: String,
        _ disk: any Disk
    ) throws(KeyProblem) -> (key: SecretKey, warning: String?)? {
        if let found = try KeyFile(path: path, disk: disk).read() { return found }
        try requireUnused(trimmed(folder), disk: disk, keyPath: path)
        return nil
    }

    private static func parsePrevious(_ text: Secret) throws(KeyProblem) -> SecretKey {
        try KeyFile.parse(text, source: "`previous_key`")
    }

    /// The keys of one purpose, derived from the vault's: the first one seals, each of them opens.
    package func derivedKeys(for purpose: String) -> [SecretKey] {
        folder.keys.derived(for: purpose)
    }

    /// The list, in the vault's folder, of what could be used once only and was.
    package func spentMarks() -> SpentMarks {
        SpentMarks(folder: "\(folder.path)/spent", disk: folder.disk)
    }

    deinit {
        held.withLock { held in
            for file in held.values { folder.unlock(file) }
        }
    }

    /// The credential that is stored.
    package func load(_ id: CredentialID) throws(StoreError) -> Credential? {
        let name = RecordName(id)
        guard let record = try folder.read(name) else { return nil }
        let entry = try Entry(record, path: folder.path(of: name))
        guard entry.id == id else {
            // Only two tenants whose names have one hash could come here.
            throw .damaged(record: folder.path(of: name), reason: "it is another credential's")
        }
        return entry.credential
    }

    /// Stores a credential if the stored one has the given generation; durable on return.
    package func store(
        _ credential: Credential,
        for id: CredentialID,
        replacing generation: Int?
    ) throws(StoreError) {
        let name = RecordName(id)
        let path = folder.path(of: name)
        guard let version = UInt64(exactly: credential.generation) else {
            throw .damaged(record: path, reason: "a generation cannot be negative")
        }
        var expecting = SealedFolder.Expectation.nothing
        if let generation {
            // No record has a negative version: such an expectation is never met.
            guard let expected = UInt64(exactly: generation) else {
                throw .conflict(stored: try load(id)?.generation)
            }
            expecting = .version(expected)
        }
        var plain = try Entry(id: id, credential: credential).encoded(path: path)
        defer { plain.wipe() }
        try folder.write(plain, version: version, as: name, expecting: expecting)
    }

    /// Removes a credential's record, even one that is damaged.
    package func delete(_ id: CredentialID) throws(StoreError) {
        try folder.remove(RecordName(id))
    }

    /// The records that are stored, in the order of their files.
    package func records() throws(StoreError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        for name in try folder.names() where name.secrets == nil {
            guard let stamp = try folder.stamp(of: name) else { continue }
            records.append(StoredRecord(name: name.file, stamp: stamp))
        }
        return records
    }

    /// Whose credential a record holds, and the credential.
    package func open(_ record: StoredRecord) throws(StoreError) -> (id: CredentialID, Credential)?
    {
        guard let name = RecordName(found: record.name), let found = try folder.read(name) else {
            return nil
        }
        let entry = try Entry(found, path: folder.path(of: name))
        return (entry.id, entry.credential)
    }

    /// Takes a credential's lock unless it is held, by this instance or any other.
    package func tryLock(_ id: CredentialID) throws(StoreError) -> Bool {
        let name = RecordName(id)
        do {
            let file = try folder.lock(name.flightByte, waitMilliseconds: 0)
            guard let file else { return false }
            held.withLock { $0[name] = file }
            return true
        } catch {
            throw StoreError(error)
        }
    }

    /// Gives a credential's lock back, if this instance holds it.
    package func unlock(_ id: CredentialID) {
        if let file = held.withLock({ $0.removeValue(forKey: RecordName(id)) }) {
            folder.unlock(file)
        }
    }

    private static func requireUnused(
        _ folder: String,
        disk: any Disk,
        keyPath: String
    ) throws(KeyProblem) {
        do {
            guard try SealedFolder.isInUse(folder, disk: disk) else { return }
        } catch {
            throw .unreadable(path: folder, errno: error.errno)
        }
        throw .missing(path: keyPath, folder: folder)
    }

    /// A path without slashes at its end.
    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
