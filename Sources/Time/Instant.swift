internal import CLinux

/// A moment of the monotonic clock (time asleep included), in nanoseconds.
///
/// All deadlines are of this clock; a step of the wall clock changes none of them.
package struct Instant: Comparable, Hashable, Sendable {
    package let nanoseconds: Int64

    @inlinable
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The end of time: a deadline that never comes.
    package static let never = Instant(nanoseconds: .max)

    /// The present moment, asked of the kernel.
    package static var now: Instant { Instant(nanoseconds: attache_monotonic_nanoseconds()) }

    @inlinable
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `duration` later; past the end of time it is `never`.
    package static func + (left: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return overflow ? .never : Instant(nanoseconds: sum)
    }

    /// How long after `right` this moment is.
    package static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds &- right.nanoseconds)
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

/// A length of time that was worked out beforehand: adding one to an instant costs an addition,
/// where a `Duration` costs a division of 128 bits.
package struct Interval: Sendable, Hashable {
    package let nanoseconds: Int64

    /// Rounds a duration to whole nanoseconds.
    package init(_ duration: Duration) { nanoseconds = duration.nanoseconds }
}

extension Instant {
    /// The moment one interval later; past the end of time it is `never`.
    package static func + (left: Instant, interval: Interval) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return overflow ? .never : Instant(nanoseconds: sum)
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
