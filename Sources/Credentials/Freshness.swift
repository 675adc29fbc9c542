package import Time
package import Config

/// How good an access token is at a moment.
package enum Freshness: Sendable {
    /// Outside the safety buffer: used without a thought.
    case good
    /// Valid, but near its end: it should be refreshed, and may be used if that takes long.
    case inBuffer
    /// Over, or there is none.
    case expired
}

/// The life of one access token on the monotonic clock.
///
/// However large the buffer, a tenth of a known life lies outside of it: a token that is due as soon
/// as it came would be refreshed without end.
package struct TokenLife: Hashable, Sendable {
    /// When the request that brought it was sent.
    package let obtainedAt: Instant
    /// When the safety buffer begins; `nil`: never.
    package let refreshAt: Instant?
    /// When the token ends; `nil`: it is used until somebody refuses it.
    package let expiresAt: Instant?

    /// The largest part of a life that the buffer takes.
    private static let shareMax = 0.9

    /// Computes the life of a token that a call has just brought.
    package init(
        obtainedAt: Instant,
        lifetime: Double?,
        policy: TokenPolicy,
        renewable: Bool
    ) {
        self.init(
            obtainedAt: obtainedAt,
            expiresAt: lifetime.map { obtainedAt.advanced(by: Duration(heldSeconds: $0)) },
            lifetime: lifetime,
            policy: policy,
            renewable: renewable
        )
    }

    /// Computes the life of a token that was stored, believing the wall clock of now.
    package init(
        of credential: Credential,
        at now: Moment,
        policy: TokenPolicy,
        renewable: Bool
    ) {
        self.init(
            obtainedAt: credential.obtainedAt.map { now.instant(of: $0) } ?? now.instant,
            expiresAt: credential.expiresAt.map { now.instant(of: $0) },
            lifetime: credential.lifetime,
            policy: policy,
            renewable: renewable
        )
    }

    /// Computes the life of a token whose times are known; `lifetime` in seconds.
    package init(
        obtainedAt: Instant,
        expiresAt: Instant?,
        lifetime: Double?,
        policy: TokenPolicy,
        renewable: Bool
    ) {
        self.obtainedAt = obtainedAt
        guard renewable else {
            // Nothing could be done in the buffer, and nothing tells when an unknown life is over.
            self.expiresAt = expiresAt
            refreshAt = expiresAt
            return
        }
        let assumed = policy.assumeLifetime
        let end = expiresAt ?? obtainedAt.advanced(by: assumed)
        let life = expiresAt == nil ? assumed : lifetime.map { Duration(heldSeconds: $0) }
        let share = life.map { $0 * min(policy.refreshShare, TokenLife.shareMax) }
        let buffer = min(policy.refreshBefore, share ?? policy.refreshBefore)
        self.expiresAt = end
        refreshAt = end.advanced(by: .zero - buffer)
    }

    /// How good the token is at a moment.
    package func freshness(at now: Instant) -> Freshness {
        if let expiresAt, now >= expiresAt { return .expired }
        if let refreshAt, now >= refreshAt { return .inBuffer }
        return .good
    }

    /// When a timer should refresh the token of a connection in use; `nil`: never.
    ///
    /// Ahead of the buffer by 5 to 15 % of its length at random, so that no request meets the
    /// buffer before the refresh is done, and many tokens of one age are not refreshed at once; but
    /// never before half of the time until then is over.
    package func timer(chance: Double) -> Instant? {
        guard let refreshAt, let expiresAt else { return nil }
        let buffer = expiresAt.duration(since: refreshAt)
        let lead = buffer * (0.05 + 0.1 * chance)
        let calm = max(refreshAt.duration(since: obtainedAt), .zero) / 2
        return max(refreshAt.advanced(by: .zero - lead), obtainedAt.advanced(by: calm))
    }
}
