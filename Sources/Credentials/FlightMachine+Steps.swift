extension FlightMachine {
    /// The vault did not take the intent: there is no call, as its answer could not be kept either.
    private static let conflictsMax = 3

    /// The flight holds the lock and has read what is stored (`nil`: nothing).
    ///
    /// The refresh token is taken from here and never from before. A newer good token in the
    /// vault is taken over without a call.
    package mutating func locked(
        _ flight: Flight,
        stored: Credential?,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight, case .locking = progress.step else {
            return .abandon
        }
        return begin(stored, at: now)
    }

    /// Chooses between the stored token, a call and a refusal.
    private mutating func begin(_ stored: Credential?, at now: Moment) -> FlightStep {
        guard let flight = progress?.flight else { return .abandon }
        let base = (stored ?? Credential()).seeded(by: rules)
        // That the configuration is noted for the first time makes no difference to the token.
        let isSame = stored.map { base.isSame(as: $0) } ?? false
        let isNewer = stored.map { $0.generation > flight.seen } ?? false
        if isNewer, isSame, base.intent == nil, isGood(base, at: now) {
            return end(adopting: base, at: now)
        }
        switch base.status {
        case .connected, .neverConnected:
            if rules.canRenew(base) { break }
            return end(adopting: base, at: now)
        case .needsAuthorization, .revoked:
            if flight.cause == .admin, rules.canRenew(base) { break }
            return end(adopting: base, at: now)
        }
        return call(from: base, storedGeneration: stored?.generation, stored: stored, at: now)
    }

    private func isGood(_ stored: Credential, at now: Moment) -> Bool {
        guard stored.status == .connected, stored.accessToken != nil else { return false }
        let life = TokenLife(
            of: stored,
            at: now,
            policy: rules.policy,
            renewable: rules.canRenew(stored)
        )
        switch life.freshness(at: now.instant) {
        case .good: return true
        case .inBuffer, .expired: return false
        }
    }

    /// Prepares a call; before a refresh token is sent, the intent is stored.
    private mutating func call(
        from base: Credential,
        storedGeneration: Int?,
        stored: Credential?,
        at now: Moment
    ) -> FlightStep {
        progress?.base = base
        progress?.storedGeneration = storedGeneration
        var refreshToken = base.refreshToken
        if case .asksAnew = rules.renewal { refreshToken = nil }
        let call = TokenCall(
            refreshToken: refreshToken,
            credential: base,
            lostSince: base.intent?.startedAt
        )
        guard refreshToken != nil, base.intent == nil || base != stored else {
            progress?.step = .calling(call)
            return .call(call)
        }
        var noted = base
        noted.intent = base.intent ?? Intent(startedAt: now.wall)
        progress?.base = noted
        progress?.step = .storingIntent(call)
        return .storeIntent(noted, replacing: storedGeneration)
    }

    /// The intent is stored and durable.
    package mutating func intentStored(_ flight: Flight) -> FlightStep {
        guard let progress, progress.flight == flight,
            case .storingIntent(let call) = progress.step
        else { return .abandon }
        self.progress?.storedGeneration = progress.base.generation
        self.progress?.step = .calling(call)
        return .call(call)
    }

    /// The intent could not be stored, so no call is made: its answer could not be kept either.
    package mutating func intentFailed(
        _ flight: Flight,
        error: StoreError,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight, case .storingIntent = progress.step else {
            return .abandon
        }
        guard case .conflict = error, progress.conflicts < FlightMachine.conflictsMax else {
            return failed(flight, fault: .vault(error), at: now)
        }
        self.progress?.conflicts += 1
        self.progress?.step = .rereading(.overIntent)
        return .reread
    }

    /// The stored credential was read again, as `.reread` asked.
    package mutating func reread(
        _ flight: Flight,
        stored: Credential?,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight, case .rereading(let why) = progress.step
        else { return .abandon }
        switch why {
        case .overIntent: return begin(stored, at: now)
        case .overRefusal(let call, let message):
            return afterRefusal(of: call, message: message, stored: stored, at: now)
        case .overResult(let unstored):
            return afterConflict(of: unstored, stored: stored, at: now)
        }
    }

    /// After `invalid_grant`: a refresh token that changed meanwhile gets one more try.
    private mutating func afterRefusal(
        of call: TokenCall,
        message: String,
        stored: Credential?,
        at now: Moment
    ) -> FlightStep {
        guard let stored else { return end(adopting: Credential().seeded(by: rules), at: now) }
        let hasChanged = stored.refreshToken != call.refreshToken
        if hasChanged, progress?.triedAgain == false || isGood(stored, at: now) {
            progress?.triedAgain = true
            return begin(stored, at: now)
        }
        if stored.status == .revoked || stored.refreshToken == nil {
            return end(adopting: stored.seeded(by: rules), at: now)
        }
        if case .refreshTokenOrAnew = rules.renewal {
            // What stands in the file may still be good.
            var base = stored.seeded(by: rules)
            base.refreshToken = nil
            return self.call(
                from: base,
                storedGeneration: stored.generation,
                stored: stored,
                at: now
            )
        }
        return refuse(code: "needs_authorization", message: message, at: now)
    }

    /// Ends the flight with what is stored.
    mutating func end(adopting stored: Credential, at now: Moment) -> FlightStep {
        let isKnown = snapshot != nil && stored.generation == credential.generation
        // A token that is known already keeps its life: the wall clock may have stepped.
        let new =
            isKnown && stored.accessToken == credential.accessToken
            ? republish(stored)
            : adopt(stored, at: now)
        free(at: now)
        switch new.status {
        case .connected where new.freshness(at: now.instant) != .expired || rules.canRenew(stored),
            .neverConnected where rules.canRenew(stored):
            succeeded()
            return .end(.adopted(new))
        case .connected, .neverConnected, .needsAuthorization, .revoked:
            return .end(.refused(new, stored.lastError ?? FlightMachine.noToken(new, at: now)))
        }
    }

    private static func noToken(_ snapshot: TokenSnapshot, at now: Moment) -> CredentialFault {
        CredentialFault(
            code: snapshot.status == .revoked ? "revoked" : "needs_authorization",
            message: "there is no token that can be used or refreshed",
            at: now.wall
        )
    }

    /// Frees the slot, and remembers when a forced flight ended.
    mutating func free(at now: Moment) {
        if case .rejected = progress?.flight.cause { lastForced = now.instant }
        progress = nil
    }
}
