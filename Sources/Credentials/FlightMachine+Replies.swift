import Config

extension FlightMachine {
    /// How many refreshes in a row without a reason count as a refusal.
    private static let unexplainedMax = 5

    /// The token endpoint's answer was read, or none came (a transient outcome).
    ///
    /// `sentAt` is the moment at which the request was sent: lives are counted from there.
    package mutating func replied(
        _ flight: Flight,
        outcome: TokenOutcome,
        sentAt: Moment,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight, case .calling(let call) = progress.step
        else { return .abandon }
        if case .unexplained = outcome { unexplained &+= 1 } else { unexplained = 0 }
        switch outcome {
        case .success(let reply): return keep(reply, sentAt: sentAt)
        case .transient(let retryAfter, let code, let message):
            return .end(fail(code: code, message: message, retryAfter: retryAfter, at: now))
        case .unexplained(let message):
            guard call.refreshToken != nil, unexplained >= FlightMachine.unexplainedMax else {
                return .end(fail(code: "token_endpoint", message: message, at: now))
            }
            return reread(over: call, message: "the provider gave no reason: \(message)")
        case .invalidGrant(let message):
            guard call.refreshToken != nil else {
                return refuse(code: "configuration", message: message, at: now)
            }
            return reread(over: call, message: FlightMachine.explained(message, call))
        case .configuration(_, let message):
            return refuse(code: "configuration", message: message, at: now)
        }
    }

    private static func explained(_ message: String, _ call: TokenCall) -> String {
        call.lostSince == nil
            ? message
            : "\(message) (the answer to an earlier refresh may have been lost)"
    }

    private mutating func reread(over call: TokenCall, message: String) -> FlightStep {
        progress?.step = .rereading(.overRefusal(call, message: message))
        return .reread
    }

    /// A new token goes to the store before anybody sees it.
    private mutating func keep(_ reply: TokenReply, sentAt: Moment) -> FlightStep {
        guard let progress else { return .abandon }
        if let defect = reply.defect { return salvage(reply, defect, sentAt: sentAt) }
        let merged = progress.base.merged(
            with: reply,
            sentAt: sentAt.wall,
            renewal: rules.renewal
        )
        let life = TokenLife(
            obtainedAt: sentAt.instant,
            lifetime: merged.lifetime,
            policy: rules.policy,
            renewable: rules.canRenew(merged)
        )
        return store(
            Progress.Unstored(
                credential: merged,
                replacing: progress.storedGeneration,
                life: life
            )
        )
    }

    /// Keeps the refresh token of an answer that is of no other use: the old one may be spent.
    private mutating func salvage(
        _ reply: TokenReply,
        _ defect: String,
        sentAt: Moment
    ) -> FlightStep {
        guard let progress else { return .abandon }
        var kept = progress.base
        kept.refreshToken = reply.refreshToken ?? kept.refreshToken
        kept.intent = nil
        kept.generation &+= 1
        let life = TokenLife(
            of: kept,
            at: sentAt,
            policy: rules.policy,
            renewable: rules.canRenew(kept)
        )
        return store(
            Progress.Unstored(
                credential: kept,
                replacing: progress.storedGeneration,
                life: life,
                defect: defect
            )
        )
    }

    /// A definite refusal: stored, so that other processes and the next start know.
    ///
    /// But for a tenant of which nothing is stored: callers name those, and one that never had a
    /// token leaves nothing behind.
    mutating func refuse(code: String, message: String, at now: Moment) -> FlightStep {
        guard let progress else { return .abandon }
        var refused = progress.base
        refused.status = .needsAuthorization
        refused.lastError = CredentialFault(code: code, message: message, at: now.wall)
        refused.intent = nil
        let life = TokenLife(
            obtainedAt: now.instant,
            lifetime: nil,
            policy: rules.policy,
            renewable: false
        )
        var unstored = Progress.Unstored(
            credential: refused,
            replacing: progress.storedGeneration,
            life: life
        )
        if id.tenant != nil, progress.storedGeneration == nil {
            return .end(finish(unstored, of: progress.flight, at: now))
        }
        unstored.credential.generation &+= 1
        return store(unstored)
    }

    private mutating func store(_ unstored: Progress.Unstored) -> FlightStep {
        progress?.step = .storing(unstored)
        return .store(unstored.credential, replacing: unstored.replacing)
    }

    /// The result is stored and durable: now it may be published.
    package mutating func stored(_ flight: Flight, at now: Moment) -> FlightStep {
        guard let progress, progress.flight == flight, case .storing(let unstored) = progress.step
        else { return .abandon }
        if let defect = unstored.defect {
            // The token is the old one, but its record is not.
            _ = republish(unstored.credential)
            return .end(fail(code: "connector", message: defect, at: now))
        }
        return .end(finish(unstored, of: flight, at: now))
    }

    private mutating func finish(
        _ unstored: Progress.Unstored,
        of flight: Flight,
        at now: Moment
    ) -> FlightEnd {
        let settled = unstored.credential.seeded(by: rules)
        if settled != unstored.credential {
            // The configuration changed meanwhile: those who waited start under the new one.
            let new = adopt(settled, at: now)
            free(at: now)
            succeeded()
            return .adopted(new)
        }
        let new = publish(unstored.credential, life: unstored.life, chance: now.chance)
        free(at: now)
        succeeded()
        if let fault = unstored.credential.lastError, new.status == .needsAuthorization {
            return .refused(new, fault)
        }
        // After an ordinary refresh the next 401 may force one at once.
        if case .rejected = flight.cause {} else { lastForced = nil }
        return .refreshed(new)
    }

    /// The result could not be stored: a new token is kept and stored again, a refusal is not.
    package mutating func storeFailed(
        _ flight: Flight,
        error: StoreError,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight, case .storing(let unstored) = progress.step
        else { return .abandon }
        if case .conflict = error {
            self.progress?.step = .rereading(.overResult(unstored))
            return .reread
        }
        if unstored.credential.status == .needsAuthorization {
            return .end(finish(unstored, of: flight, at: now))
        }
        return storeAgain(unstored, reason: error.description, at: now)
    }

    /// Keeps a result for the next attempt to store it.
    private mutating func storeAgain(
        _ failed: Progress.Unstored,
        reason: String,
        at now: Moment
    ) -> FlightStep {
        var unstored = failed
        unstored.failures &+= 1
        progress?.step = .storing(unstored)
        let fault = CredentialFault(
            code: "vault",
            message: "a new token cannot be stored: \(reason)",
            at: now.wall
        )
        lastFailure = fault
        var pause = FlightMachine.storeRetryMin
        for _ in 1..<min(unstored.failures, 8) { pause = pause * 2 }
        return .storeAgain(
            unstored.credential,
            replacing: unstored.replacing,
            after: min(pause, FlightMachine.storeRetryMax),
            fault: fault
        )
    }

    /// The first and the longest pause between attempts to store a result.
    static let storeRetryMin: Duration = .milliseconds(250)
    static let storeRetryMax: Duration = .seconds(5)

    /// The result met another generation: a newer one wins, and is never overwritten.
    mutating func afterConflict(
        of unstored: Progress.Unstored,
        stored: Credential?,
        at now: Moment
    ) -> FlightStep {
        guard let stored else {
            guard unstored.replacing == nil else {
                return end(adopting: Credential().seeded(by: rules), at: now)
            }
            return storeAgain(unstored, reason: "the vault contradicts itself", at: now)
        }
        if stored.generation > (unstored.replacing ?? -1) {
            return end(adopting: stored.seeded(by: rules), at: now)
        }
        // An older one (a vault from a backup) loses: ours is the only token that works.
        var again = unstored
        again.replacing = stored.generation
        return storeAgain(again, reason: "the vault went back in time", at: now)
    }

    /// Something around the flight failed: its slot is freed, unless it holds an unstored token.
    package mutating func failed(
        _ flight: Flight,
        fault: FlightFault,
        at now: Moment
    ) -> FlightStep {
        guard let progress, progress.flight == flight else { return .abandon }
        switch progress.step {
        case .storing(let unstored), .rereading(.overResult(let unstored)):
            if unstored.credential.status == .needsAuthorization {
                return .end(finish(unstored, of: flight, at: now))
            }
            return storeAgain(unstored, reason: fault.description, at: now)
        case .locking, .storingIntent, .calling, .rereading(.overIntent),
            .rereading(.overRefusal):
            break
        }
        switch fault {
        case .cancelled, .lockBusy:
            let retryAt = backOff.paused(for: .seconds(1), at: now)
            let failure = note(code: fault.code, message: fault.description, at: now)
            return .end(.failed(failure, retryAt: retryAt))
        case .clientRefused(_, let pause):
            let retryAt = backOff.paused(for: pause, at: now)
            let failure = note(code: fault.code, message: fault.description, at: now)
            return .end(.failed(failure, retryAt: retryAt))
        case .timedOut, .vault:
            return .end(fail(code: fault.code, message: fault.description, at: now))
        }
    }

    /// Ends the flight with a failure that may pass, and begins or lengthens the pause.
    private mutating func fail(
        code: String,
        message: String,
        retryAfter: Duration? = nil,
        at now: Moment
    ) -> FlightEnd {
        let retryAt = backOff.failed(
            retryAfter: retryAfter,
            range: rules.policy.failureBackoff,
            at: now
        )
        return .failed(note(code: code, message: message, at: now), retryAt: retryAt)
    }

    private mutating func note(code: String, message: String, at now: Moment) -> CredentialFault {
        let fault = CredentialFault(code: code, message: message, at: now.wall)
        lastFailure = fault
        free(at: now)
        return fault
    }
}

extension FlightFault: CustomStringConvertible {
    /// The code of a client that is refused.
    package static let clientCode = "configuration"

    /// The code that logs and the admin API show.
    package var code: String {
        switch self {
        case .lockBusy: "lock_busy"
        case .vault: "vault"
        case .timedOut: "timeout"
        case .cancelled: "cancelled"
        case .clientRefused: FlightFault.clientCode
        }
    }

    /// What happened, in words.
    package var description: String {
        switch self {
        case .lockBusy: "another process is refreshing this credential and does not finish"
        case .vault(let error): error.description
        case .timedOut: "the refresh took too long"
        case .cancelled: "the refresh was given up"
        case .clientRefused(let reason, _):
            "the client of this connection is refused, and no account of it is refreshed until it "
                + "is mended: \(reason)"
        }
    }
}
