import Glibc
import Synchronization
import Vault

/// The real disk, but each call is shown to a closure first, which may fail it.
final class InterceptedDisk: Disk {
    /// What is about to be done.
    enum Call: Sendable {
        case status, makeFolder, names, read, create, write, sync, close, rename, link, remove
        case syncFolder, openLocks, lock

        /// Whether it is to change something.
        var purpose: DiskError.Purpose {
            switch self {
            case .status, .names, .read: .reading
            case .makeFolder, .create, .write, .sync, .close, .rename, .link, .remove, .syncFolder,
                .openLocks, .lock:
                .writing
            }
        }
    }

    /// Sees a call and the path it is about; an error number fails it.
    typealias Intercept = @Sendable (Call, String) -> Int32?

    private let real = KernelDisk()
    private let longestWrite: Int
    private let isMortal: Bool
    private let intercept: Intercept
    private let files = Mutex<Set<Int32>>([])

    /// Shows each call to `intercept` and writes at most so many bytes at once.
    ///
    /// If it is mortal, a close that fails does not close, as in a process that was killed.
    init(longestWrite: Int = .max, isMortal: Bool = false, _ intercept: @escaping Intercept) {
        self.longestWrite = longestWrite
        self.isMortal = isMortal
        self.intercept = intercept
    }

    /// Closes what is still open, as the kernel does for a process that was killed.
    func bury() {
        let left = files.withLock { files in
            defer { files = [] }
            return files
        }
        for file in left { _ = Glibc.close(file) }
    }

    /// How many descriptors were opened and not closed.
    var openFiles: Int { files.withLock { $0.count } }

    private func show(_ call: Call, _ path: String) throws(DiskError) {
        if let number = intercept(call, path) {
            throw DiskError(call.purpose, errno: number, path: path)
        }
    }

    private func opened(_ file: Int32) -> Int32 {
        files.withLock { _ = $0.insert(file) }
        return file
    }

    func status(of path: String) throws(DiskError) -> FileStatus? {
        try show(.status, path)
        return try real.status(of: path)
    }

    func makeFolder(_ path: String) throws(DiskError) {
        try show(.makeFolder, path)
        try real.makeFolder(path)
    }

    func names(in folder: String) throws(DiskError) -> [String] {
        try show(.names, folder)
        return try real.names(in: folder)
    }

    func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
        try show(.read, path)
        return try real.read(path, limit: limit)
    }

    func create(_ path: String) throws(DiskError) -> Int32 {
        try show(.create, path)
        return opened(try real.create(path))
    }

    func write(_ bytes: Span<UInt8>, to file: Int32, path: String) throws(DiskError) -> Int {
        try show(.write, path)
        return try real.write(bytes.extracting(first: longestWrite), to: file, path: path)
    }

    func sync(_ file: Int32, path: String) throws(DiskError) {
        try show(.sync, path)
        try real.sync(file, path: path)
    }

    func close(_ file: Int32, path: String) throws(DiskError) {
        if isMortal { try show(.close, path) }
        files.withLock { _ = $0.remove(file) }
        try real.close(file, path: path)
        if !isMortal { try show(.close, path) }
    }

    func rename(_ old: String, to new: String) throws(DiskError) {
        try show(.rename, new)
        try real.rename(old, to: new)
    }

    func link(_ old: String, to new: String) throws(DiskError) {
        try show(.link, new)
        try real.link(old, to: new)
    }

    func remove(_ path: String) throws(DiskError) {
        try show(.remove, path)
        try real.remove(path)
    }

    func syncFolder(_ path: String) throws(DiskError) {
        try show(.syncFolder, path)
        try real.syncFolder(path)
    }

    func openLocks(_ path: String) throws(DiskError) -> Int32 {
        try show(.openLocks, path)
        return opened(try real.openLocks(path))
    }

    func lock(
        byte: Int64,
        of file: Int32,
        path: String,
        waitMilliseconds: Int32
    ) throws(DiskError) -> Bool {
        try show(.lock, path)
        return try real.lock(
            byte: byte,
            of: file,
            path: path,
            waitMilliseconds: waitMilliseconds
        )
    }
}
