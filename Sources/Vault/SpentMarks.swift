package import Credentials
import Crypto
import Glibc
import Synchronization

/// What may be used once only and was used: the tickets and states of connect pages.
///
/// Each is an empty file, whose name says until when it has to be remembered. Making a file that must
/// not exist is a step that only one of several processes succeeds in, and one that a restart or a
/// loss of power does not undo. Calls block.
package final class SpentMarks: Sendable {
    /// The most that are remembered at once: more than that in a few minutes is an attack.
    private static let marksMax = 100_000
    /// How long, in seconds, a mark outlives its moment: the wall clock may be set back.
    private static let afterlife = 3600
    /// How often, in seconds, old marks are looked for.
    private static let pruneInterval = 60

    /// What this process knows of the folder.
    private struct Memory {
        var count = 0
        /// When old marks are looked for next, in seconds since 1970.
        var pruneAt = Int.min
    }

    private let folder: String
    private let disk: any Disk
    private let memory = Mutex(Memory())

    init(folder: String, disk: any Disk) {
        self.folder = folder
        self.disk = disk
    }

    /// Uses something up, durably.
    ///
    /// - Parameters:
    ///   - id: Its name, which nothing else has.
    ///   - expiry: The second since 1970 from which it is not valid any more.
    ///   - now: The present second.
    /// - Returns: Whether it was good: false if it was used before.
    /// - Throws: What the system refused, or `full` when too many are remembered; it must then count
    ///   as used.
    package func spend(_ id: [UInt8], until expiry: Int, now: Int) throws(StoreError) -> Bool {
        do throws(DiskError) {
            try prune(now)
            let path = path(id, expiry)
            guard memory.withLock({ $0.count < Self.marksMax }) else {
                throw DiskError(.writing, errno: ENOSPC, path: folder)
            }
            do throws(DiskError) {
                let file = try disk.create(path)
                try disk.close(file, path: path)
            } catch {
                guard error.errno == EEXIST else { throw error }
                return false
            }
            memory.withLock { $0.count += 1 }
            try disk.syncFolder(folder)
            return true
        } catch {
            throw StoreError(error)
        }
    }

    /// Whether something has been used up.
    ///
    /// - Throws: What the system refused.
    package func isSpent(_ id: [UInt8], until expiry: Int) throws(StoreError) -> Bool {
        do throws(DiskError) {
            return try disk.status(of: path(id, expiry)) != nil
        } catch {
            throw StoreError(error)
        }
    }

    private func path(_ id: [UInt8], _ expiry: Int) -> String {
        "\(folder)/\(expiry)-\(Hex.encode(id))"
    }

    /// Makes the folder, and forgets what cannot be used any more in any case, once in a while.
    private func prune(_ now: Int) throws(DiskError) {
        guard memory.withLock({ now >= $0.pruneAt }) else { return }
        if try disk.status(of: folder) == nil {
            try disk.makeFolder(folder)
            try disk.syncFolder("\(folder)/..")
        }
        var left = 0
        for name in try disk.names(in: folder) {
            guard let expiry = name.split(separator: "-").first.flatMap({ Int($0) }) else {
                continue
            }
            if expiry < now - Self.afterlife {
                try? disk.remove("\(folder)/\(name)")
            } else {
                left += 1
            }
        }
        memory.withLock { $0 = Memory(count: left, pruneAt: now + Self.pruneInterval) }
    }
}
