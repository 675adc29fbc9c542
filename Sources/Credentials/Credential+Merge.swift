extension Credential {
    /// The longest life that is believed, in seconds: 100 years.
    private static let lifetimeMax = 3.2e9

    /// This credential with a provider's reply laid over it.
    ///
    /// What the reply does not give survives (a refresh token that is not rotated, kept fields);
    /// what it gives replaces; the lives of tokens are never carried over to new tokens.
    /// - Parameters:
    ///   - reply: What the provider gave.
    ///   - sentAt: When the request was sent, from which lives are counted.
    ///   - renewal: How the token was had; asked anew, it has no refresh token to keep.
    /// - Returns: The credential to store, of the next generation.
    package func merged(
        with reply: TokenReply,
        sentAt: WallTime,
        renewal: FlightRules.Renewal
    ) -> Credential {
        var result = self
        result.accessToken = reply.accessToken
        result.tokenType = reply.tokenType ?? tokenType
        result.obtainedAt = sentAt
        result.lifetime = Credential.life(reply.lifetime, until: reply.expiresAt, from: sentAt)
        result.expiresAt = result.lifetime.map { sentAt.advanced(by: $0) }
        result.mergeRefreshToken(of: reply, sentAt: sentAt, renewal: renewal)
        result.mergeScopes(of: reply, renewal: renewal)
        result.fields = fields.filter { !$0.key.hasPrefix("expires_") }
        result.fields.merge(reply.fields) { _, new in new }
        result.connector = reply.connector
        result.generation = generation &+ 1
        result.status = .connected
        result.lastError = nil
        result.intent = nil
        return result
    }

    /// Scopes that a reply leaves out are those asked for: by a refresh those that there were (RFC
    /// 6749 section 6), else those of the configuration, and nothing is known to differ from them.
    private mutating func mergeScopes(of reply: TokenReply, renewal: FlightRules.Renewal) {
        switch renewal {
        case .asksAnew: scopes = reply.scopes
        case .refreshToken, .refreshTokenOrAnew, .never: scopes = reply.scopes ?? scopes
        }
    }

    private mutating func mergeRefreshToken(
        of reply: TokenReply,
        sentAt: WallTime,
        renewal: FlightRules.Renewal
    ) {
        switch renewal {
        case .asksAnew:
            refreshToken = nil
            refreshExpiresAt = nil
            return
        case .refreshToken, .refreshTokenOrAnew, .never: break
        }
        let isKept = reply.refreshToken.map { $0 == refreshToken } ?? true
        let life = Credential.life(
            reply.refreshLifetime,
            until: reply.refreshExpiresAt,
            from: sentAt
        )
        // A token that stays keeps the end that was given for it; a new one never inherits it.
        refreshExpiresAt =
            life.map { sentAt.advanced(by: $0) } ?? (isKept ? refreshExpiresAt : nil)
        refreshToken = reply.refreshToken ?? refreshToken
    }

    /// A believable life in seconds; `nil` for none, one that is over, or one without measure.
    private static func life(
        _ given: Double?,
        until end: WallTime?,
        from start: WallTime
    ) -> Double? {
        guard let life = given ?? end.map({ $0.seconds(since: start) }),
            life > 0, life <= lifetimeMax
        else { return nil }
        return life
    }
}
