/// When and how tokens are refreshed (`tokens`, and the same directives in a connection).
package struct TokenPolicy: Sendable, Equatable {
    /// The safety buffer before a token's end.
    package var refreshBefore: Duration = .seconds(300)
    /// The buffer is never more than this share of a known life: 0 to 1.
    package var refreshShare = 0.2
    /// Inside the buffer: how long a request waits before it uses the still valid token.
    package var refreshWait: Duration = .seconds(2)
    /// The deadline of one call to a token endpoint.
    package var requestTimeout: Duration = .seconds(10)
    /// The first and the longest pause after failures.
    package var failureBackoff: ClosedRange<Duration> = .seconds(1) ... .seconds(300)
    /// The least time between two refreshes that 401s forced.
    package var minimumForcedInterval: Duration = .seconds(10)
    /// The life of a token when the provider gives none.
    package var assumeLifetime: Duration = .seconds(55 * 60)
    /// How often an idle connection is refreshed; `nil`: never.
    package var keepAlive: Duration?
    /// Token calls at once to one token endpoint.
    package var concurrency = 64

    package init() {}
}
