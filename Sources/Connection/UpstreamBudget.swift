internal import Time
internal import Synchronization

/// How many connections to one upstream may be open, over all event loops together, and how many
/// requests may wait for one.
///
/// Each loop's pool is a member. Who has waited longest is served first, whichever loop it is on,
/// but for a short time in which a kept connection goes on serving its own loop: it cannot move to
/// another one, and opening a new one for every request would cost more than the order is worth.
package final class UpstreamBudget: Sendable {
    /// A loop's pool as the others see it.
    private struct Member {
        /// From any thread, has the pool look at its requests and its idle connections again.
        let call: @Sendable () -> Void
        /// Since when the oldest of its requests waits.
        var since: Instant?
    }

    /// All pools, by the numbers that they are known as.
    private struct Members {
        var byNumber: [Int: Member] = [:]
        var lastNumber = 0
    }

    package let connectionsMax: Int
    /// How many requests may wait for a connection.
    package let queueMax: Int
    private let patience: Duration
    private let open = Atomic<Int>(0)
    private let queued = Atomic<Int>(0)
    private let members = Mutex(Members())

    /// Makes a budget that nothing of is used.
    ///
    /// `patience`: how much longer than a loop's own request one of another loop must have waited
    /// to be served before it.
    package init(
        connectionsMax: Int,
        queueMax: Int,
        patience: Duration = .milliseconds(50)
    ) {
        self.connectionsMax = max(1, connectionsMax)
        self.queueMax = queueMax
        self.patience = patience
    }

    /// Takes the right to open one connection.
    package func take() -> Bool {
        var current = open.load(ordering: .sequentiallyConsistent)
        while current < connectionsMax {
            let result = open.weakCompareExchange(
                expected: current,
                desired: current + 1,
                ordering: .sequentiallyConsistent
            )
            if result.exchanged { return true }
            current = result.original
        }
        return false
    }

    /// Gives the right back, to the one who has waited longest if anybody waits.
    package func giveBack() {
        // Both sides first write, then read what the other writes: one of them sees the other.
        open.subtract(1, ordering: .sequentiallyConsistent)
        if queued.load(ordering: .sequentiallyConsistent) > 0 { passOn() }
    }

    /// How many requests wait, on all loops.
    package var waitingCount: Int { queued.load(ordering: .relaxed) }

    /// Makes a pool a member, and answers its number.
    func join(_ call: @escaping @Sendable () -> Void) -> Int {
        members.withLock { members in
            members.lastNumber += 1
            members.byNumber[members.lastNumber] = Member(call: call, since: nil)
            return members.lastNumber
        }
    }

    /// Forgets a member, none of whose requests wait.
    func leave(_ number: Int) {
        members.withLock { $0.byNumber[number] = nil }
    }

    /// Counts a request that waits; false, and uncounted, when too many do.
    func enterQueue() -> Bool {
        let (_, now) = queued.add(1, ordering: .sequentiallyConsistent)
        if now <= queueMax { return true }
        leaveQueue()
        return false
    }

    /// Counts a request that waits no longer.
    func leaveQueue() { queued.subtract(1, ordering: .sequentiallyConsistent) }

    /// Notes since when a member's oldest request waits; `nil` when none does.
    func note(_ number: Int, waitsSince since: Instant?) {
        members.withLock { $0.byNumber[number]?.since = since }
    }

    /// Has all other members look whether they keep an idle connection that is wanted now, and the
    /// one who waits longest whether a right came free before it was noted as waiting.
    func ask(besides number: Int) {
        let others = members.withLock { members in
            members.byNumber.filter { $0.key != number }.map(\.value.call)
        }
        for call in others { call() }
        passOn()
    }

    /// Calls the member whose request has waited longest, if a right is free.
    package func passOn() {
        guard open.load(ordering: .sequentiallyConsistent) < connectionsMax else { return }
        let call = members.withLock { members in
            members.byNumber.values.filter { $0.since != nil }
                .min { ($0.since ?? .never) < ($1.since ?? .never) }?.call
        }
        call?()
    }

    /// Whether a request of another member has waited so much longer than one of this member's,
    /// which has since then, that it comes first.
    func isAnotherFirst(_ number: Int, since: Instant) -> Bool {
        members.withLock { members in
            members.byNumber.contains { member in
                guard member.key != number, let other = member.value.since else { return false }
                return other + patience < since
            }
        }
    }
}
