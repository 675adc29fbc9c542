/// A moment of the monotonic clock, in nanoseconds from an origin that means nothing.
///
/// What decides whether a token is good: no step of the wall clock moves it.
package struct Instant: Hashable, Sendable {
    /// Nanoseconds of `CLOCK_MONOTONIC`; before the machine's start for what was loaded from disk.
    package let nanoseconds: Int64

    /// The moment so many nanoseconds after the clock's origin.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment so much later (or earlier); at the ends of the range it stays there.
    package func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: nanoseconds < 0 ? .min : .max)
    }

    /// How long after an earlier moment this one is.
    package func duration(since earlier: Instant) -> Duration {
        let (span, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard overflow else { return .nanoseconds(span) }
        return .nanoseconds(nanoseconds < 0 ? Int64.min : Int64.max)
    }
}

extension Instant: Comparable {
    /// Whether one moment comes before another.
    package static func < (one: Instant, other: Instant) -> Bool {
        one.nanoseconds < other.nanoseconds
    }
}

extension Duration {
    /// The duration in whole nanoseconds, held inside what 64 bits can say (292 years).
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard overflow || carried else { return sum }
        return seconds < 0 ? .min : .max
    }

    /// The duration in seconds.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// A number of seconds that came from outside: what is not finite or beyond 200 years is held.
    package init(heldSeconds seconds: Double) {
        let limit = 6.4e9
        self = .seconds(seconds.isNaN ? 0 : min(max(seconds, -limit), limit))
    }
}
