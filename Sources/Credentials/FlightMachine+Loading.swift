internal import Time
extension FlightMachine {
    /// Takes what the store holds, at the start or when a tenant is first asked for.
    ///
    /// An intent means that an answer may be lost: its refresh token is tried once more at once.
    /// Without effect on what is known already, unless the stored generation is newer.
    package mutating func loaded(_ stored: Credential?, at now: Moment) -> Loaded {
        if let snapshot, progress != nil || (stored?.generation ?? 0) <= credential.generation {
            return Loaded(snapshot: snapshot, recovery: nil)
        }
        let base = (stored ?? Credential()).seeded(by: rules)
        let snapshot = adopt(base, at: now)
        guard progress == nil, base.intent != nil, rules.canRenew(base) else {
            return Loaded(snapshot: snapshot, recovery: nil)
        }
        switch base.status {
        case .connected, .neverConnected:
            let flight = start(.recovery, seen: base.generation, at: now)
            return Loaded(snapshot: snapshot, recovery: flight)
        case .needsAuthorization, .revoked:
            return Loaded(snapshot: snapshot, recovery: nil)
        }
    }

    /// Whether no token is lost if this is forgotten and loaded again: there is no flight, failure or
    /// pause of its own, or nothing that was ever stored.
    package func isAtRest(at now: Moment) -> Bool {
        guard progress == nil else { return false }
        return !isStored
            || (lastFailure == nil || awaitsClient) && unexplained == 0 && mayForce(at: now)
    }

    /// Whether anything is stored of this, or was.
    package var isStored: Bool { credential.generation > 0 }

    /// Takes what a person put in the place of the credential, after it was stored.
    ///
    /// Ends every pause, and overtakes a flight: what it brings is dropped.
    package mutating func replaced(with stored: Credential, at now: Moment) -> Replaced {
        let overtaken = progress?.flight
        progress = nil
        succeeded()
        lastForced = nil
        return Replaced(snapshot: adopt(stored, at: now), overtaken: overtaken)
    }

    /// Takes a new configuration; `nil` if there is nothing to publish now.
    ///
    /// A changed client or first refresh token ends every pause. A flight goes on all the same: its
    /// answer may hold the only refresh token that works, and the change counts when it ends.
    package mutating func reconfigured(_ new: FlightRules, at now: Moment) -> Replaced? {
        let before = rules
        rules = new
        guard snapshot != nil else { return nil }
        if before.seed == new.seed {
            return Replaced(snapshot: republish(credential), overtaken: nil)
        }
        guard progress == nil else { return nil }
        return replaced(with: credential.seeded(by: new), at: now)
    }

    /// Has what waited for the client be tried: it is taken again, or another one is configured.
    ///
    /// - Returns: whether this was waiting.
    package mutating func clientAccepted() -> Bool {
        guard awaitsClient else { return false }
        succeeded()
        return true
    }

    /// Has what waits for the client wait as long as this from now, whatever it was told before.
    ///
    /// - Returns: whether this is waiting.
    package mutating func clientPaused(for pause: Duration, at now: Moment) -> Bool {
        guard awaitsClient else { return false }
        backOff = BackOff()
        _ = backOff.paused(for: pause, at: now)
        return true
    }

    /// Takes what is left to tell the provider of, after it was told of something.
    package mutating func told(leaving rest: [Withdrawal]) {
        credential.withdrawals = rest
    }

    /// Publishes the token that is known with its record and policy of now; its life stays.
    mutating func republish(_ stored: Credential) -> TokenSnapshot {
        let old = snapshot?.life
        let life = TokenLife(
            obtainedAt: old?.obtainedAt ?? Instant(nanoseconds: 0),
            expiresAt: stored.expiresAt == nil ? nil : old?.expiresAt,
            lifetime: stored.lifetime,
            policy: rules.policy,
            renewable: rules.canRenew(stored)
        )
        return publish(stored, life: life, chance: 0.5)
    }

    /// Takes a stored credential as the known one, believing the wall clock of now.
    mutating func adopt(_ stored: Credential, at now: Moment) -> TokenSnapshot {
        let life = TokenLife(
            of: stored,
            at: now,
            policy: rules.policy,
            renewable: rules.canRenew(stored)
        )
        return publish(stored, life: life, chance: now.chance)
    }

    /// Makes a credential the known one, with a life that was computed for it.
    mutating func publish(
        _ stored: Credential,
        life: TokenLife,
        chance: Double
    ) -> TokenSnapshot {
        let new = TokenSnapshot(id: id, credential: stored, life: life)
        credential = stored
        snapshot = new
        timerAt = life.timer(chance: chance)
        return new
    }

    /// Forgets all failures.
    mutating func succeeded() {
        backOff = BackOff()
        lastFailure = nil
        unexplained = 0
    }
}
