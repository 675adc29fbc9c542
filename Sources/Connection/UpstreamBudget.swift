internal import Synchronization

/// How many connections to one upstream may be open, over all event loops together.
///
/// A loop that may not open one leaves a word here; whoever closes one, or could keep an idle one,
/// passes the place on.
package final class UpstreamBudget: Sendable {
    /// Who is to be called when a right comes free, in order.
    private struct Waiting {
        var callbacks: [@Sendable () -> Void] = []
    }

    package let connectionsMax: Int
    /// How many requests of one loop may wait for a connection.
    package let queueMax: Int
    private let open = Atomic<Int>(0)
    private let waitingCount = Atomic<Int>(0)
    private let waiting = Mutex(Waiting())

    package init(connectionsMax: Int, queueMax: Int) {
        self.connectionsMax = max(1, connectionsMax)
        self.queueMax = queueMax
    }

    /// Takes the right to open one connection.
    package func take() -> Bool {
        var current = open.load(ordering: .relaxed)
        while current < connectionsMax {
            let result = open.weakCompareExchange(
                expected: current,
                desired: current + 1,
                ordering: .relaxed
            )
            if result.exchanged { return true }
            current = result.original
        }
        return false
    }

    /// Gives the right back, to one who waits if anybody does.
    package func giveBack() {
        // Both sides first write, then read what the other writes: one of them sees the other.
        open.subtract(1, ordering: .sequentiallyConsistent)
        guard waitingCount.load(ordering: .sequentiallyConsistent) > 0 else { return }
        passOn()
    }

    /// Asks to be called once when a right has come free.
    func wait(_ callback: @escaping @Sendable () -> Void) {
        waiting.withLock { waiting in
            waiting.callbacks.append(callback)
            waitingCount.add(1, ordering: .sequentiallyConsistent)
        }
        // One may have come free between the refusal and the entry; then nobody else would call.
        passOn()
    }

    /// Calls one who waits, if a right is free; who is called and needs none must pass it on.
    package func passOn() {
        guard open.load(ordering: .sequentiallyConsistent) < connectionsMax else { return }
        let next = waiting.withLock { waiting -> (@Sendable () -> Void)? in
            guard !waiting.callbacks.isEmpty else { return nil }
            waitingCount.subtract(1, ordering: .relaxed)
            return waiting.callbacks.removeFirst()
        }
        next?()
    }

    /// Whether more than `own` words wait here: somebody else's.
    func isWanted(besides own: Int) -> Bool { waitingCount.load(ordering: .relaxed) > own }
}
