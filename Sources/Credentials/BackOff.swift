package import Time
/// How long a connection that failed is left alone.
package struct BackOff: Sendable {
    /// The longest pause that a provider's `Retry-After` can cause.
    package static let retryAfterMax: Duration = .seconds(3600)

    /// Failures in a row.
    package private(set) var failures = 0
    /// The end of the pause; `nil`: none.
    package private(set) var until: Instant?

    /// Makes one that pauses nothing.
    package init() {}

    /// Counts a failure, and says when the next attempt may be made.
    ///
    /// The pause doubles from the range's start to its end and is shortened by up to a half at
    /// random; a provider's `Retry-After` that is longer wins, up to an hour.
    package mutating func failed(
        retryAfter: Duration?,
        range: ClosedRange<Duration>,
        at now: Moment
    ) -> Instant {
        failures &+= 1
        var pause = range.lowerBound
        var doublings = failures &- 1
        while doublings > 0, pause < range.upperBound {
            pause = min(pause * 2, range.upperBound)
            doublings &-= 1
        }
        let jittered = pause * (0.5 + 0.5 * now.chance)
        let asked = min(retryAfter ?? .zero, BackOff.retryAfterMax)
        let end = now.instant.advanced(by: max(jittered, asked))
        until = end
        return end
    }

    /// Pauses without counting a failure.
    package mutating func paused(for pause: Duration, at now: Moment) -> Instant {
        let end = now.instant.advanced(by: pause)
        until = max(until ?? end, end)
        return end
    }

    /// What is left of the pause; `nil`: nothing.
    package func remaining(at now: Instant) -> Duration? {
        guard let until, until > now else { return nil }
        return until.duration(since: now)
    }
}
