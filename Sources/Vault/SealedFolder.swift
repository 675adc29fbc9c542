import Credentials
import Crypto
import Glibc

/// A folder of sealed records: bytes by name, each with a version.
///
/// Knows nothing of what the bytes mean. Several processes may use one folder: each change is a
/// compare-and-swap under a lock of the record, and readers need no lock because records are replaced
/// in one step.
struct SealedFolder: Sendable {
    /// What has to be stored for a change to be made.
    enum Expectation {
        /// Nothing.
        case nothing
        /// A record of that version.
        case version(UInt64)
        /// Whatever is there.
        case anything
    }

    /// The file whose bytes are the locks; it must stay, or two processes might not meet.
    static let lockName = "lock"

    /// How long a change waits for another process that changes the same record.
    static let patienceMilliseconds: Int32 = 10_000

    /// The most that the file of a record may have, so that a wrong file cannot fill the memory.
    static let longestRecord = 4 << 20

    /// The folder's path, without a slash at its end.
    let path: String
    /// The keys of the folder.
    let keys: Keyring
    /// Where the folder is.
    let disk: any Disk

    /// The path of a record's file.
    func path(of name: RecordName) -> String { "\(path)/\(name.file)" }

    /// The names of all records, in order.
    func names() throws(StoreError) -> [RecordName] {
        do {
            return try disk.names(in: path).sorted().compactMap { RecordName(found: $0) }
        } catch {
            throw StoreError(error)
        }
    }

    /// What tells one version of a record from the next; nil if there is none.
    func stamp(of name: RecordName) throws(StoreError) -> UInt64? {
        do {
            return try disk.status(of: path(of: name))?.stamp
        } catch {
            throw StoreError(error)
        }
    }

    /// A record; nil if there is none.
    func read(_ name: RecordName) throws(StoreError) -> OpenRecord? {
        let bytes: [UInt8]?
        do {
            bytes = try disk.read(path(of: name), limit: SealedFolder.longestRecord)
        } catch {
            throw StoreError(error)
        }
        guard let bytes else { return nil }
        do {
            return try RecordFormat.decode(bytes, name: name, keys: keys)
        } catch {
            throw StoreError(error, path: path(of: name))
        }
    }

    /// Stores a record if what is there is as expected; durable on return.
    ///
    /// A record that is already there with the same version and content is written again instead of
    /// being a conflict: so whoever tries again after a failed sync gets his certainty.
    /// - Throws: `StoreError.conflict` if something else is there, or what hinders reading it.
    func write(
        _ plain: [UInt8],
        version: UInt64,
        as name: RecordName,
        expecting: Expectation
    ) throws(StoreError) {
        try locked(name) { () throws(StoreError) in
            switch expecting {
            case .anything:
                break
            case .nothing:
                try compare(try read(name), with: nil, unless: (version, plain))
            case .version(let expected):
                try compare(try read(name), with: expected, unless: (version, plain))
            }
            try put(plain, version: version, as: name)
        }
    }

    /// Seals a record under the current key if it is not; says whether that was needed.
    func reseal(_ name: RecordName) throws(StoreError) -> Bool {
        try locked(name) { () throws(StoreError) in
            guard let record = try read(name), record.isUnderPreviousKey else { return false }
            try put(record.plain, version: record.version, as: name)
            return true
        }
    }

    /// Removes a record, readable or not; durable on return.
    func remove(_ name: RecordName) throws(StoreError) {
        try locked(name) { () throws(StoreError) in
            do throws(DiskError) {
                try disk.remove(path(of: name))
                try disk.syncFolder(path)
            } catch {
                throw StoreError(error)
            }
        }
    }

    /// Takes a byte of the lock file; the descriptor that holds it, or nil if somebody else does.
    func lock(_ byte: Int64, waitMilliseconds: Int32) throws(DiskError) -> Int32? {
        let lockPath = "\(path)/\(SealedFolder.lockName)"
        let file = try disk.openLocks(lockPath)
        do {
            let taken = try disk.lock(
                byte: byte,
                of: file,
                path: lockPath,
                waitMilliseconds: waitMilliseconds
            )
            if taken { return file }
        } catch {
            try? disk.close(file, path: lockPath)
            throw error
        }
        try? disk.close(file, path: lockPath)
        return nil
    }

    /// Gives back a byte of the lock file.
    func unlock(_ file: Int32) {
        // Closing the description frees its locks, whatever the call answers.
        try? disk.close(file, path: "\(path)/\(SealedFolder.lockName)")
    }

    /// Does something while no other process, thread or instance changes the record.
    private func locked<Result>(
        _ name: RecordName,
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let held: Int32?
        do {
            held = try lock(name.writeByte, waitMilliseconds: SealedFolder.patienceMilliseconds)
        } catch {
            throw StoreError(error)
        }
        guard let held else { throw .io(errno: ETIMEDOUT, path: path(of: name)) }
        defer { unlock(held) }
        return try body()
    }

    private func compare(
        _ stored: OpenRecord?,
        with expected: UInt64?,
        unless new: (version: UInt64, plain: [UInt8])
    ) throws(StoreError) {
        if stored?.version == expected { return }
        if let stored, stored.version == new.version, stored.plain == new.plain { return }
        throw .conflict(stored: stored.map { Int(clamping: $0.version) })
    }

    private func put(
        _ plain: [UInt8],
        version: UInt64,
        as name: RecordName
    ) throws(StoreError) {
        let bytes: [UInt8]
        do {
            bytes = try RecordFormat.encode(plain, version: version, name: name, keys: keys)
        } catch {
            throw StoreError(error, path: path(of: name))
        }
        guard bytes.count <= SealedFolder.longestRecord else {
            throw .io(errno: EFBIG, path: path(of: name))
        }
        do {
            try WholeFile(folder: path, name: name.file, disk: disk).put(bytes, .replacing)
        } catch {
            throw StoreError(error)
        }
    }
}
