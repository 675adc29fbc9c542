import Credentials
import Crypto
import Synchronization
import Vault

/// Secrets in memory that cannot be stored or read when a test says so.
final class FailingSecrets: SecretStore {
    struct State {
        var secrets: [SecretsID: Secret] = [:]
        var reading: StoreError?
        var writing: StoreError?
    }

    let state = Mutex(State())

    func secrets(_ id: SecretsID) throws(StoreError) -> Secret? {
        let (error, found) = state.withLock { ($0.reading, $0.secrets[id]) }
        if let error { throw error }
        return found
    }

    func storeSecrets(_ secrets: Secret, as id: SecretsID) throws(StoreError) {
        let error = state.withLock { state in
            if state.writing == nil { state.secrets[id] = secrets }
            return state.writing
        }
        if let error { throw error }
    }

    func deleteSecrets(_ id: SecretsID) throws(StoreError) {
        state.withLock { $0.secrets[id] = nil }
    }

    func listSecrets() throws(StoreError) -> [SecretsID] {
        state.withLock { Array($0.secrets.keys) }
    }
}

/// The machine's disk, whose folders cannot be synced when a test says so.
final class UnsyncedDisk: Disk {
    let fails = Mutex(false)
    private let real = KernelDisk()

    func status(of path: String) throws(DiskError) -> FileStatus? { try real.status(of: path) }

    func makeFolder(_ path: String) throws(DiskError) { try real.makeFolder(path) }

    func names(in folder: String) throws(DiskError) -> [String] { try real.names(in: folder) }

    func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
        try real.read(path, limit: limit)
    }

    func create(_ path: String) throws(DiskError) -> Int32 { try real.create(path) }

    func write(_ bytes: Span<UInt8>, to file: Int32, path: String) throws(DiskError) -> Int {
        try real.write(bytes, to: file, path: path)
    }

    func sync(_ file: Int32, path: String) throws(DiskError) { try real.sync(file, path: path) }

    func close(_ file: Int32, path: String) throws(DiskError) { try real.close(file, path: path) }

    func rename(_ old: String, to new: String) throws(DiskError) {
        try real.rename(old, to: new)
    }

    func link(_ old: String, to new: String) throws(DiskError) { try real.link(old, to: new) }

    func remove(_ path: String) throws(DiskError) { try real.remove(path) }

    func syncFolder(_ path: String) throws(DiskError) {
        if fails.withLock({ $0 }) { throw DiskError(.writing, errno: 5, path: path) }
        try real.syncFolder(path)
    }

    func openLocks(_ path: String) throws(DiskError) -> Int32 { try real.openLocks(path) }

    func lock(
        byte: Int64,
        of file: Int32,
        path: String,
        waitMilliseconds: Int32
    ) throws(DiskError) -> Bool {
        try real.lock(byte: byte, of: file, path: path, waitMilliseconds: waitMilliseconds)
    }
}
