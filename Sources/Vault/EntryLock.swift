internal import Synchronization

/// A lock that is held in a folder of entries, until it is freed or forgotten.
package final class EntryLock: Sendable {
    let file: Int32
    private let path: String
    private let disk: any Disk
    private let isFree = Atomic(false)

    init(_ file: Int32, path: String, disk: any Disk) {
        self.file = file
        self.path = path
        self.disk = disk
    }

    deinit { free() }

    /// Gives the lock back.
    package func free() {
        guard !isFree.exchange(true, ordering: .relaxed) else { return }
        // Closing the description frees its locks, whatever the call answers.
        try? disk.close(file, path: path)
    }
}
