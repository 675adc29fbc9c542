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
}

extension Duration {
    /// The duration in nanoseconds, held to what 64 bits can say.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? .max : sum
    }
}
