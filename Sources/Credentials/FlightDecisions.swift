package import Time
/// Why a request gets no token.
package enum Refusal: Hashable, Sendable {
    /// A person must act (424).
    case needsAuthorization(code: String, message: String)
    /// It may work later (503).
    case unavailable(retryAfter: Duration, message: String)
}

/// What a request that wants a token does.
package enum Wanted: Sendable {
    /// Go out with this token; `stale` if a refresh was due.
    case use(TokenSnapshot, stale: Bool)
    /// Wait for the running flight, and ask again when it ends or `until` comes (`nil`: no limit).
    case join(Flight, until: Instant?)
    /// Start this flight, and then wait as under `join`.
    case start(Flight, until: Instant?)
    /// Answer with an error.
    case refuse(Refusal)
}

/// What a request does whose token an upstream refused with 401.
package enum Rejected: Sendable {
    /// Go out once more with this newer token.
    case replay(TokenSnapshot)
    /// Wait for the running flight, then ask again with the same generation.
    case join(Flight)
    /// Start this flight, then as under `join`.
    case start(Flight)
    /// Hand the 401 to the caller.
    case passThrough
}

/// What a person's wish to refresh now comes to.
package enum Asked: Sendable {
    /// It has happened since the person asked.
    case done(TokenSnapshot)
    /// Wait for the running flight, then ask again.
    case join(Flight)
    /// Start this flight, then as under `join`.
    case start(Flight)
    /// It cannot be done.
    case refuse(CredentialFault)
}

/// What the timer's ring comes to.
package enum TimerRing: Sendable {
    case start(Flight)
    /// Nothing to do; the next ring, if any, is `nextTimer`.
    case idle
}

/// What reading the stored credential at the start comes to.
package struct Loaded: Sendable {
    /// What to publish.
    package let snapshot: TokenSnapshot
    /// A flight to start at once, because an answer may have been lost.
    package let recovery: Flight?
}

/// What a person's import, reconnection, revocation or deletion comes to.
package struct Replaced: Sendable {
    /// What to publish before the person gets an answer.
    package let snapshot: TokenSnapshot
    /// The flight that was overtaken: its waiters ask again, its result is dropped.
    package let overtaken: Flight?
}

/// The state of a connection as the admin API shows it.
package enum ConnectionState: String, Sendable, CaseIterable {
    case neverConnected = "never_connected"
    case connected
    case refreshing
    case retrying
    case needsAuthorization = "needs_authorization"
    case revoked
}
