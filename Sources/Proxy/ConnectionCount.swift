internal import Synchronization

/// How many client connections a listener has, over all event loops, and how many it may have.
package final class ConnectionCount: Sendable {
    private let connectionsMax: Int
    private let current = Atomic<Int>(0)

    package init(connectionsMax: Int) {
        self.connectionsMax = connectionsMax
    }

    /// Counts one more; false, and uncounted, when there are too many.
    func take() -> Bool {
        let (_, now) = current.add(1, ordering: .relaxed)
        if now <= connectionsMax { return true }
        current.subtract(1, ordering: .relaxed)
        return false
    }

    /// Counts one less.
    func giveBack() { current.subtract(1, ordering: .relaxed) }
}
