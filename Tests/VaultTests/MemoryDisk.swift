import Glibc
import Synchronization
import Vault

/// A disk in memory that knows what a loss of power would leave of it.
///
/// Bytes survive once their file was synced; names survive once their folder was, or earlier, but in
/// the order in which they were changed. What was not synced may be there, be missing or be cut.
final class MemoryDisk: Disk {
    /// What a file holds.
    struct File {
        var bytes: [UInt8] = []
        var synced: [UInt8] = []
    }

    /// A change of a name: to a file, or away; `gone` goes in the same moment.
    struct Change {
        var path: String
        var file: Int?
        var gone: String?
    }

    /// All there is.
    struct State {
        var files: [Int: File] = [:]
        var names: [String: Int] = [:]
        var syncedNames: [String: Int] = [:]
        var pending: [Change] = []
        var folders: Set<String> = []
        var locks: [Int64: Int32] = [:]
        var open: [Int32: Int] = [:]
        var next = 100

        mutating func change(_ path: String, to file: Int?) {
            names[path] = file
            pending.append(Change(path: path, file: file))
        }
    }

    /// How much of what was not synced is there after a loss of power.
    enum Remains: CaseIterable {
        case nothing
        case half
        case everything
    }

    private let state: Mutex<State>
    private let afterEach: @Sendable (State) -> Void

    /// An empty disk, or one after a loss of power; `afterEach` sees the state after every change.
    init(_ state: State = State(), afterEach: @escaping @Sendable (State) -> Void = { _ in }) {
        self.state = Mutex(state)
        self.afterEach = afterEach
    }

    /// All that a loss of power could leave of a state.
    static func afterPowerLoss(_ state: State) -> [State] {
        (0...state.pending.count).flatMap { kept in
            Remains.allCases.map { remains in
                var names = state.syncedNames
                for change in state.pending.prefix(kept) {
                    names[change.path] = change.file
                    if let gone = change.gone { names[gone] = nil }
                }
                var left = State()
                left.folders = state.folders
                left.next = state.next
                left.names = names
                left.syncedNames = names
                for file in names.values {
                    guard let old = state.files[file] else { continue }
                    let bytes =
                        switch remains {
                        case .nothing: old.synced
                        case .half:
                            Array(old.bytes.prefix(max(old.synced.count, old.bytes.count / 2)))
                        case .everything: old.bytes
                        }
                    left.files[file] = File(bytes: bytes, synced: bytes)
                }
                return left
            }
        }
    }

    private func change<Result: Sendable>(
        _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        let (result, after) = try state.withLock { state throws(DiskError) in
            let result = try body(&state)
            return (result, state)
        }
        afterEach(after)
        return result
    }

    func status(of path: String) throws(DiskError) -> FileStatus? {
        state.withLock { state in
            if state.folders.contains(path) {
                return FileStatus(isFolder: true, permissions: 0o700, stamp: 0)
            }
            return state.names[path].map { file in
                FileStatus(isFolder: false, permissions: 0o600, stamp: UInt64(file))
            }
        }
    }

    func makeFolder(_ path: String) throws(DiskError) {
        try change { state in _ = state.folders.insert(path) }
    }

    func names(in folder: String) throws(DiskError) -> [String] {
        state.withLock { state in
            state.names.keys.filter { $0.hasPrefix(folder + "/") }
                .map { String($0.dropFirst(folder.count + 1)) }
        }
    }

    func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.files[$0]?.bytes } }
    }

    func create(_ path: String) throws(DiskError) -> Int32 {
        try change { state throws(DiskError) in
            guard state.names[path] == nil else {
                throw DiskError(.writing, errno: EEXIST, path: path)
            }
            return MemoryDisk.open(path, &state)
        }
    }

    func write(_ bytes: Span<UInt8>, to file: Int32, path: String) throws(DiskError) -> Int {
        // In two parts, so that there is a moment at which half a file is written.
        let count = max(1, bytes.count / 2)
        let part = (0..<count).map { bytes[$0] }
        try change { state in
            if let number = state.open[file] { state.files[number]?.bytes += part }
        }
        return count
    }

    func sync(_ file: Int32, path: String) throws(DiskError) {
        try change { state in
            guard let number = state.open[file], var file = state.files[number] else { return }
            file.synced = file.bytes
            state.files[number] = file
        }
    }

    func close(_ file: Int32, path: String) throws(DiskError) {
        try change { state in
            state.open[file] = nil
            state.locks = state.locks.filter { $0.value != file }
        }
    }

    func rename(_ old: String, to new: String) throws(DiskError) {
        try change { state throws(DiskError) in
            guard let file = state.names[old] else {
                throw DiskError(.writing, errno: ENOENT, path: new)
            }
            state.names[old] = nil
            state.names[new] = file
            // One change of the folder: never both names, never neither.
            state.pending.append(Change(path: new, file: file, gone: old))
        }
    }

    func link(_ old: String, to new: String) throws(DiskError) {
        try change { state throws(DiskError) in
            guard let file = state.names[old], state.names[new] == nil else {
                throw DiskError(.writing, errno: EEXIST, path: new)
            }
            state.change(new, to: file)
        }
    }

    func remove(_ path: String) throws(DiskError) {
        try change { state in
            if state.names[path] != nil { state.change(path, to: nil) }
        }
    }

    func syncFolder(_ path: String) throws(DiskError) {
        try change { state in
            var others: [Change] = []
            for change in state.pending {
                let name = change.path.dropFirst(path.count + 1)
                if change.path.hasPrefix(path + "/"), !name.contains("/") {
                    state.syncedNames[change.path] = change.file
                    if let gone = change.gone { state.syncedNames[gone] = nil }
                } else {
                    others.append(change)
                }
            }
            state.pending = others
        }
    }

    func openLocks(_ path: String) throws(DiskError) -> Int32 {
        try change { state in MemoryDisk.open(path, &state) }
    }

    func lock(
        byte: Int64,
        of file: Int32,
        path: String,
        waitMilliseconds: Int32
    ) throws(DiskError) -> Bool {
        state.withLock { state in
            guard state.locks[byte] == nil else { return false }
            state.locks[byte] = file
            return true
        }
    }

    /// Opens a file, which is made if there is none.
    private static func open(_ path: String, _ state: inout State) -> Int32 {
        state.next += 1
        let descriptor = Int32(state.next)
        if let file = state.names[path] {
            state.open[descriptor] = file
        } else {
            state.files[state.next] = File()
            state.open[descriptor] = state.next
            state.change(path, to: state.next)
        }
        return descriptor
    }
}
