/// The durations of `tokens {}` that rule when and how often tokens are refreshed.
package struct RefreshPolicy: Hashable, Sendable {
    /// The safety buffer before the end of a token.
    package var refreshBefore: Duration = .seconds(300)
    /// The largest part of a known life that the buffer may take, from 0 to 1.
    package var refreshShare: Double = 0.2
    /// How long a request inside the buffer waits before it uses the token that is still valid.
    package var refreshWait: Duration = .seconds(2)
    /// The first and the longest pause after failures.
    package var backOff: ClosedRange<Duration> = .seconds(1) ... .seconds(300)
    /// The least time between two refreshes that 401s forced.
    package var minForcedInterval: Duration = .seconds(10)
    /// The life of a token that has no known one.
    package var assumeLifetime: Duration = .seconds(55 * 60)
    /// How often an idle connection is refreshed; `nil`: never.
    package var keepAlive: Duration?

    /// Makes the policy of an empty `tokens {}`.
    package init() {}
}
