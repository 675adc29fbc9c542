package import Time
package import Crypto

/// One refresh under way: at most one for each credential.
package struct Flight: Hashable, Sendable {
    /// What started a flight.
    package enum Cause: Hashable, Sendable {
        /// A request that found no good token.
        case request
        /// The timer, as the token of a connection in use enters its buffer.
        case timer
        /// An intent found in the vault: an answer may have been lost.
        case recovery
        /// An upstream's 401 against the token of a generation.
        case rejected(generation: Int)
        /// A person, through the admin API.
        case admin

        /// Whether somebody found the present token wanting, however new it is.
        package var isForced: Bool {
            switch self {
            case .request, .timer, .recovery: false
            case .rejected, .admin: true
            }
        }
    }

    /// Counts up with each flight of the credential; events of an older one are ignored.
    package let number: Int
    package let cause: Cause
    /// The generation that was known when it started; a newer one in the vault ends it.
    package let seen: Int
    package let startedAt: Instant

    /// Whether it refreshes even a token that looks good.
    package var isForced: Bool {
        switch cause {
        case .rejected, .admin: true
        case .request, .timer, .recovery: false
        }
    }
}

/// The call to the token endpoint that a flight is to make.
package struct TokenCall: Equatable, Sendable {
    /// The refresh token to send; `nil`: the client asks anew with its own credentials.
    package let refreshToken: Secret?
    /// What is stored, of which the call may need more than the refresh token.
    package let credential: Credential
    /// Since when an earlier answer may be lost; `nil`: none.
    package let lostSince: WallTime?
}

/// What the driver of a flight does next; each is followed by the event named with it.
package enum FlightStep: Sendable {
    /// Store this intent, then `intentStored` or `intentFailed`.
    case storeIntent(Credential, replacing: Int?)
    /// Call the token endpoint, then `replied`; with no answer, `replied` with a transient outcome.
    case call(TokenCall)
    /// Read the stored credential again, then `reread` (or `failed`).
    case reread
    /// Store this, then `stored` or `storeFailed`. Nobody may see its tokens before.
    case store(Credential, replacing: Int?)
    /// Wake all waiters (they ask again), wait, then store this as under `store`.
    ///
    /// The new refresh token lives nowhere else: it is never given up while the process runs.
    case storeAgain(Credential, replacing: Int?, after: Duration, fault: CredentialFault)
    /// Give back the lock, publish, wake all waiters: the slot is free.
    case end(FlightEnd)
    /// Give back the lock and do nothing more: the flight was overtaken.
    case abandon
}

/// How a flight ended; waiters take the token of `.refreshed`, and ask again after all others.
package enum FlightEnd: Sendable {
    /// A call brought a new token, and it is stored.
    case refreshed(TokenSnapshot)
    /// What the vault had is taken over: no call was made, or its result lost.
    case adopted(TokenSnapshot)
    /// A person must act; nobody uses the credential any more.
    case refused(TokenSnapshot, CredentialFault)
    /// It may work later; what was published stays.
    case failed(CredentialFault, retryAt: Instant)

    /// What to publish before anybody is woken.
    package var publishes: TokenSnapshot? {
        switch self {
        case .refreshed(let snapshot), .adopted(let snapshot), .refused(let snapshot, _): snapshot
        case .failed: nil
        }
    }
}

/// What can go wrong around a flight, besides the provider's answer.
package enum FlightFault: Error, Hashable, Sendable {
    /// Another process held the credential's lock for the whole of the flight.
    case lockBusy
    /// The vault could not be read.
    case vault(StoreError)
    /// The flight's own deadline came.
    case timedOut
    /// The program is stopping.
    case cancelled
    /// The provider refuses the client that this credential shares with others, which found out.
    case clientRefused(reason: String, pause: Duration)
}
