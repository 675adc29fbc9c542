package import Credentials
internal import Crypto
internal import Glibc

/// A folder of small open files, one for each entry, written like the vault's records: whole or not
/// at all, and durable.
///
/// The registry of connections that were made through the admin API lies in one, beside the vault.
package struct EntryFolder: Sendable {
    private static let suffix = ".json"
    private static let longestEntry = 4 << 20
    /// The file whose bytes are the locks.
    private static let lockName = "lock"
    private static let patienceMilliseconds: Int32 = 10_000

    /// The folder's path.
    package let path: String
    private let disk: any Disk

    /// Names the folder; nothing is read or made yet.
    package init(path: String, disk: any Disk = KernelDisk()) {
        self.path = path
        self.disk = disk
    }

    /// Whether there is such a folder.
    package func exists() throws(StoreError) -> Bool {
        do throws(DiskError) {
            return try disk.status(of: path) != nil
        } catch {
            throw StoreError(error)
        }
    }

    /// Makes the folder if there is none.
    package func prepare() throws(StoreError) {
        do throws(DiskError) {
            if let status = try disk.status(of: path) {
                guard status.isFolder else {
                    throw DiskError(.reading, errno: ENOTDIR, path: path)
                }
            } else {
                try disk.makeFolder(path)
                try disk.syncFolder("\(path)/..")
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// Removes what writers that died left behind; only for who has the lock.
    package func clearAway() {
        for name in (try? disk.names(in: path)) ?? [] {
            guard WholeFile.target(ofTemporary: name) != nil else { continue }
            try? disk.remove("\(path)/\(name)")
        }
    }

    /// The names of all entries, in order.
    package func names() throws(StoreError) -> [String] {
        do throws(DiskError) {
            return try disk.names(in: path).filter { $0.hasSuffix(Self.suffix) }
                .map { String($0.dropLast(Self.suffix.count)) }.sorted()
        } catch {
            throw StoreError(error)
        }
    }

    /// The path of an entry's file.
    package func path(of name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

    /// The bytes of an entry; `nil` if there is none.
    package func read(_ name: String) throws(StoreError) -> [UInt8]? {
        do throws(DiskError) {
            return try disk.read(path(of: name), limit: Self.longestEntry)
        } catch {
            throw StoreError(error)
        }
    }

    /// Writes an entry; durable on return.
    package func write(_ bytes: [UInt8], as name: String) throws(StoreError) {
        guard bytes.count <= Self.longestEntry else {
            throw .io(errno: EFBIG, path: path(of: name))
        }
        do throws(DiskError) {
            try WholeFile(path: path(of: name), disk: disk).put(bytes, .replacing)
        } catch {
            throw StoreError(error)
        }
    }

    /// Removes an entry, durably; one that is not there is no error.
    package func remove(_ name: String) throws(StoreError) {
        do throws(DiskError) {
            try disk.remove(path(of: name))
            try disk.syncFolder(path)
        } catch {
            throw StoreError(error)
        }
    }

    /// Does something while no other process, thread or instance does so.
    package func locked<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        let lock = try lock(byte: 0, waitMilliseconds: Self.patienceMilliseconds)
        guard let lock else { throw .io(errno: ETIMEDOUT, path: path) }
        defer { lock.free() }
        return try body()
    }

    /// Takes the lock of an entry, which may be held for long; `nil` while somebody else has it.
    ///
    /// The kernel frees it when its holder dies.
    package func tryLock(_ name: String) throws(StoreError) -> EntryLock? {
        // 62 bits that hardly ever two names share; byte 0 is the folder's.
        let hash = SHA256.digest(name).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return try lock(byte: Int64(bitPattern: hash >> 2 | 1), waitMilliseconds: 0)
    }

    private func lock(byte: Int64, waitMilliseconds: Int32) throws(StoreError) -> EntryLock? {
        let lockPath = "\(path)/\(Self.lockName)"
        do throws(DiskError) {
            let lock = EntryLock(try disk.openLocks(lockPath), path: lockPath, disk: disk)
            let isTaken = try disk.lock(
                byte: byte,
                of: lock.file,
                path: lockPath,
                waitMilliseconds: waitMilliseconds
            )
            if isTaken { return lock }
            lock.free()
            return nil
        } catch {
            throw StoreError(error)
        }
    }
}
