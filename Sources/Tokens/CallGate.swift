internal import Time
internal import IO

/// Lets a number of calls at once to one token endpoint, and the others wait in order.
final class CallGate {
    /// The most calls that wait; more than this are refused at once.
    private static let waitersMax = 100_000

    private var running = 0
    private var waiters: [TimedWait<Bool>] = []
    private var first = 0

    /// Whether nobody is inside or waits.
    var isUnused: Bool { running == 0 && first == waiters.count }

    /// Waits for a turn; false if none came before the deadline.
    func enter(limit: Int, on loop: EventLoop, until deadline: Instant) async -> Bool {
        if running < max(1, limit) {
            running &+= 1
            return true
        }
        guard waiters.count &- first < Self.waitersMax else { return false }
        let wait = TimedWait(atDeadline: false)
        waiters.append(wait)
        return await wait.wait(on: loop, until: deadline)
    }

    /// Gives the turn to the next one who still waits.
    func leave() {
        while first < waiters.count {
            let next = waiters[first]
            first &+= 1
            tidy()
            guard next.isWaiting else { continue }
            next.resume(true)
            return
        }
        running &-= 1
    }

    private func tidy() {
        guard first > 64, first &* 2 > waiters.count || first == waiters.count else { return }
        waiters.removeFirst(first)
        first = 0
    }
}
