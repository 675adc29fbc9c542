package import Crypto

extension Credential {
    /// This credential under the configuration of now, which may have changed since it was stored.
    ///
    /// A changed client makes the tokens be asked for again and clears `needs_authorization`, but
    /// keeps the refresh token that the vault has rotated; a changed way of asking clears that and
    /// keeps all tokens; a changed first refresh token replaces all; an unchanged one that a person
    /// deleted is not used again. What a person revoked stays so, but for a new first refresh
    /// token. Equal to `self` when nothing changed.
    package func seeded(by rules: FlightRules) -> Credential {
        var result = self
        result.seed = rules.seed
        guard let seed else { return result.plantedFirst(by: rules) }
        if let first = rules.firstRefreshToken, seed.refreshToken != rules.seed.refreshToken {
            result.forgetTokens()
            result.refreshToken = first
            result.seedConsumed = false
            result.status = .neverConnected
            result.lastError = nil
            return result
        }
        // A first refresh token that left the file says nothing about those in the vault.
        result.seed?.refreshToken = rules.seed.refreshToken ?? seed.refreshToken
        // Whoever stored this before there was such a note had the same as now.
        let isAskedAlike = seed.request == nil || seed.request == rules.seed.request
        if seed.client != rules.seed.client {
            if rules.canRenew(result) { result.accessToken = nil }
            // Another name and password may mean another account.
            if case .refreshTokenOrAnew = rules.renewal { result.refreshToken = nil }
        } else if isAskedAlike {
            return result
        }
        result.clearRefusal()
        return result
    }

    /// Whether another one differs in nothing but what is noted of the configuration.
    func isSame(as other: Credential) -> Bool {
        var copy = self
        copy.seed = other.seed
        return copy == other
    }

    /// This credential with the first refresh token, where no configuration was noted yet.
    private func plantedFirst(by rules: FlightRules) -> Credential {
        var result = self
        guard refreshToken == nil, !seedConsumed, status != .revoked else { return result }
        result.refreshToken = rules.firstRefreshToken
        return result
    }

    /// Removes all that came from the provider.
    private mutating func forgetTokens() {
        accessToken = nil
        tokenType = nil
        obtainedAt = nil
        expiresAt = nil
        lifetime = nil
        refreshToken = nil
        refreshExpiresAt = nil
        scopes = nil
        fields = [:]
        connector = nil
        intent = nil
    }

    /// Takes back that a person is needed, if it stands in the way.
    private mutating func clearRefusal() {
        guard status == .needsAuthorization else { return }
        status = accessToken == nil && refreshToken == nil ? .neverConnected : .connected
        lastError = nil
    }

    /// What is stored when a person brings tokens; the configured first one is not used again.
    ///
    /// An access token that is left out is to be had by a refresh before anything is stored.
    package func imported(
        accessToken: Secret?,
        expiresAt: WallTime?,
        refreshToken: Secret?,
        by rules: FlightRules,
        at now: WallTime
    ) -> Credential {
        var result = self
        result.forgetTokens()
        result.accessToken = accessToken
        result.obtainedAt = accessToken == nil ? nil : now
        result.expiresAt = expiresAt
        result.refreshToken = refreshToken
        result.generation = generation &+ 1
        result.status = .connected
        result.lastError = nil
        result.seed = rules.seed
        result.seedConsumed = true
        return result
    }

    /// What remains where the connection is about to send what it has to another host: no token of
    /// before, and the need of a person, unless the new rules say what to ask with.
    package func disowned(by rules: FlightRules, at now: WallTime) -> Credential {
        var result = self
        result.forgetTokens()
        // Nor is the new one told of them.
        result.withdrawals = []
        result.generation = generation &+ 1
        result.seed = rules.seed
        result.seedConsumed = true
        // Somebody ended it; that stays so.
        guard status != .revoked else { return result }
        switch rules.renewal {
        case .asksAnew, .refreshTokenOrAnew:
            result.status = .neverConnected
            result.lastError = nil
        case .refreshToken, .never:
            result.status = .needsAuthorization
            result.lastError = CredentialFault(
                code: "needs_authorization",
                message: "the connection was moved to another host",
                at: now
            )
        }
        return result
    }

    /// What remains after `DELETE`: nothing but the mark that the first refresh token was used, and
    /// what the provider is to be told.
    package func deleted(by rules: FlightRules, at now: WallTime) -> Credential {
        var result = Credential()
        result.withdrawals = withdrawals
        result.generation = generation &+ 1
        result.seed = rules.seed
        result.seedConsumed = true
        return rules.tellsRevocations ? result.owing(withdrawal(at: now)) : result
    }

    /// What remains after a revocation: what to show and to tell the provider, and no token in use.
    package func revoked(by rules: FlightRules, at now: WallTime) -> Credential {
        var result = self
        let scopes = result.scopes
        result.forgetTokens()
        result.scopes = scopes
        result.generation = generation &+ 1
        result.status = .revoked
        result.seedConsumed = true
        return rules.tellsRevocations ? result.owing(withdrawal(at: now)) : result
    }
}
