internal import Time
internal import IO

/// Lets a number of calls or flights in at once, and the others wait in order.
final class CallGate {
    /// The most that wait; more than this are refused at once.
    private static let waitersMax = 100_000

    /// Those who wait, the first first.
    private struct Line {
        var waits: [TimedWait<Bool>] = []
        var first = 0

        var count: Int { waits.count &- first }

        /// The next one who still waits.
        mutating func next() -> TimedWait<Bool>? {
            while first < waits.count {
                let next = waits[first]
                first &+= 1
                if first > 64, first &* 2 > waits.count || first == waits.count {
                    waits.removeFirst(first)
                    first = 0
                }
                if next.isWaiting { return next }
            }
            return nil
        }
    }

    private var running = 0
    private var urgent = Line()
    private var patient = Line()

    /// Whether nobody is inside or waits.
    var isUnused: Bool { running == 0 && urgent.count == 0 && patient.count == 0 }

    /// Waits for a turn; false if none came before the deadline.
    ///
    /// Who is patient lets all others go first: somebody waits for those.
    func enter(
        limit: Int,
        patiently: Bool = false,
        on loop: EventLoop,
        until deadline: Instant
    ) async -> Bool {
        if running < max(1, limit) {
            running &+= 1
            return true
        }
        guard urgent.count &+ patient.count < Self.waitersMax else { return false }
        let wait = TimedWait(atDeadline: false)
        if patiently { patient.waits.append(wait) } else { urgent.waits.append(wait) }
        return await wait.wait(on: loop, until: deadline)
    }

    /// Gives the turn to the next one who still waits.
    func leave() {
        if let next = urgent.next() ?? patient.next() {
            next.resume(true)
        } else {
            running &-= 1
        }
    }
}
