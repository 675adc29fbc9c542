internal import Time
internal import IO

/// One request that waits for an upstream connection.
final class PoolWaiter {
    /// What the wait came to.
    enum Result {
        case connection(UpstreamConnection)
        /// The right to open one.
        case slot
        case timedOut
    }

    let address: UpstreamAddress
    let since: Instant
    private let turn = TimedWait<Result>(atDeadline: .timedOut)

    init(_ address: UpstreamAddress, since: Instant) {
        self.address = address
        self.since = since
    }

    var isWaiting: Bool { turn.isWaiting }

    /// Waits until it is this one's turn or too late.
    func wait(on loop: EventLoop, until deadline: Instant) async -> Result {
        await turn.wait(on: loop, until: deadline)
    }

    func resume(_ result: Result) { turn.resume(result) }
}

/// Those who wait, in order; who has given up is passed over.
struct WaiterQueue {
    private var waiters: [PoolWaiter] = []
    private var first = 0

    /// Since when the one waits who has waited longest and still does.
    var oldest: Instant? {
        mutating get {
            dropThoseWhoLeft()
            return first < waiters.count ? waiters[first].since : nil
        }
    }

    mutating func append(_ waiter: PoolWaiter) { waiters.append(waiter) }

    /// The one who has waited longest and still does.
    mutating func next() -> PoolWaiter? {
        dropThoseWhoLeft()
        guard first < waiters.count else { return nil }
        let waiter = waiters[first]
        first += 1
        return waiter
    }

    /// Forgets those at the front who have given up; all wait equally long, so none hide behind.
    private mutating func dropThoseWhoLeft() {
        while first < waiters.count, !waiters[first].isWaiting { first += 1 }
        if first > 64, first * 2 > waiters.count {
            waiters.removeFirst(first)
            first = 0
        }
    }
}
