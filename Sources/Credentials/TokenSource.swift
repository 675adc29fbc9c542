package import Time
/// How a request came by its token, for logs and metrics.
package enum TokenPath: String, Sendable {
    /// It was there.
    case hit
    /// The request waited for it.
    case wait
    /// A refresh was due but took too long or failed; the token was still valid.
    case stale
}

/// What a request for a token is answered.
package enum TokenAnswer: Sendable {
    /// A token to inject.
    case token(TokenSnapshot, how: TokenPath)
    /// A person must act (424).
    case needsAuthorization(code: String, message: String)
    /// No token now; it may work later (503 with `Retry-After`).
    case unavailable(retryAfter: Duration, message: String)
    /// The request's own deadline came first (504).
    case timedOut
}

/// What a request whose token was refused with a 401 does next.
package enum RejectedAnswer: Sendable {
    /// Send it once more, with this token.
    case replay(TokenSnapshot)
    /// Hand the 401 to the caller.
    case passThrough
}

/// Where requests get their tokens.
package protocol TokenSource: Sendable {
    /// The slot to which a credential's token is published, so that a loop may look for itself.
    func slot(for id: CredentialID) -> PublishedToken

    /// A token for a request, which waits for a refresh as the rules say, at most to `deadline`.
    func token(for id: CredentialID, until deadline: Instant) async -> TokenAnswer

    /// What to do after an upstream refused the token of a generation with 401.
    ///
    /// A request that cannot be sent again (`mayReplay` false) does not wait; the refresh that it
    /// may cause happens all the same.
    func rejected(
        _ id: CredentialID,
        generation: Int,
        mayReplay: Bool,
        until deadline: Instant
    ) async -> RejectedAnswer
}
