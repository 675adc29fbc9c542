internal import Time
internal import Config
internal import Credentials
internal import Crypto
internal import IO
internal import Log
internal import OAuth

extension TokenService {
    /// The first and the longest pause between looks at a lock that somebody else holds.
    private static let lockPauseMin: Duration = .milliseconds(20)
    private static let lockPauseMax: Duration = .milliseconds(250)
    /// Flights at once for each call that is allowed at once: some are at the vault meanwhile.
    private static let flightsPerCall = 2
    /// What a flight is given beyond its waits for the lock and for the provider.
    static let slack: Duration = .seconds(5)

    /// Starts a flight as a task of its own, which whoever wanted it does not own.
    func begin(_ flight: Flight, of live: LiveCredential) {
        began()
        if let timer = live.timer { loop.cancel(timer) }
        let id = live.id
        loop.start {
            await self.fly(flight, of: id)
            await self.finished()
        }
    }

    /// Has a flight wait for its turn, and flies it.
    ///
    /// However many credentials are due at once, few hold locks and wait for the disk: an own
    /// time limit begins with the turn, and those somebody waits for go first.
    private func fly(_ flight: Flight, of id: CredentialID) async {
        guard let live = lives[id] else { return }
        let gate = gates[id.connection] ?? CallGate()
        gates[id.connection] = gate
        let isIn = await gate.enter(
            limit: live.machine.rules.policy.concurrency * Self.flightsPerCall,
            patiently: flight.cause == .timer || flight.cause == .recovery,
            on: loop,
            until: .never
        )
        if live.machine.flight == flight {
            let client = clientKey(of: live)
            if let fault = isIn ? heldBack(flight, of: live, client) : .timedOut {
                let step = live.machine.failed(flight, fault: fault, at: moment())
                if case .end(let end) = step { land(live, end, called: false) }
            } else {
                await fly(flight, live)
                ended(flight, of: live, client)
            }
        }
        guard isIn else { return }
        gate.leave()
        if gate.isUnused { gates[id.connection] = nil }
    }

    /// Flies a flight to its end: lock, load, intent, call, store, publish.
    private func fly(_ flight: Flight, _ live: LiveCredential) async {
        let id = live.id
        // A holder of the lock in another process is given the time of one call, and then this
        // flight has the time of its own.
        let timeout = live.machine.rules.policy.requestTimeout
        let lockEnd = loop.now + timeout + Self.slack
        var step: FlightStep
        do throws(FlightFault) {
            try await takeLock(id, until: lockEnd)
        } catch {
            step = live.machine.failed(flight, fault: error, at: moment())
            if case .end(let end) = step { land(live, end, called: false) }
            return
        }
        step = await look(live) { machine, stored, now in
            machine.locked(flight, stored: stored, at: now)
        } failing: { machine, fault, now in
            machine.failed(flight, fault: fault, at: now)
        }
        await take(step, flight, live, until: lockEnd + timeout)
        await desk.unlock(id)
    }

    /// Does what the machine says until the flight ends or is overtaken.
    private func take(
        _ first: FlightStep,
        _ flight: Flight,
        _ live: LiveCredential,
        until end: Instant
    ) async {
        var step = first
        var called = false
        var brought: Brought?
        while true {
            switch step {
            case .storeIntent(let noted, let generation):
                step = await storeIntent(noted, replacing: generation, flight, live)
            case .call(let call):
                called = true
                (step, brought) = await make(call, flight, live, until: end)
            case .reread:
                step = await look(live) { machine, stored, now in
                    machine.reread(flight, stored: stored, at: now)
                } failing: { machine, fault, now in
                    machine.failed(flight, fault: fault, at: now)
                }
            case .store(let result, let generation):
                step = await store(result, replacing: generation, flight, live)
            case .storeAgain(let result, let generation, let pause, let fault):
                await wait(pause, before: flight, live, over: fault)
                step = await store(result, replacing: generation, flight, live)
            case .end(let end):
                land(live, end, called: called)
                // Another process may have taken the credential away meanwhile.
                if let brought { await disown(brought, flight, live) }
                return
            case .abandon:
                if let brought { await disown(brought, flight, live) }
                return
            }
        }
    }

    /// Takes the lock, looking again and again while another process has it.
    func takeLock(_ id: CredentialID, until end: Instant) async throws(FlightFault) {
        var pause = Self.lockPauseMin
        while true {
            if isStopping { throw .cancelled }
            if try await desk.tryLock(id, until: end) { return }
            let next = loop.now + pause
            guard next < end else { throw .lockBusy }
            await loop.sleep(until: next)
            pause = min(pause * 2, Self.lockPauseMax)
        }
    }

    /// Reads what is stored, and tells the machine.
    private func look(
        _ live: LiveCredential,
        _ found: (inout FlightMachine, Credential?, Moment) -> FlightStep,
        failing: (inout FlightMachine, FlightFault, Moment) -> FlightStep
    ) async -> FlightStep {
        do throws(FlightFault) {
            let stored = try await desk.load(live.id, until: loop.now + Self.vaultPatience)
            return found(&live.machine, stored, moment())
        } catch {
            return failing(&live.machine, error, moment())
        }
    }

    private func storeIntent(
        _ noted: Credential,
        replacing generation: Int?,
        _ flight: Flight,
        _ live: LiveCredential
    ) async -> FlightStep {
        let deadline = loop.now + Self.vaultPatience
        do throws(FlightFault) {
            try await desk.store(noted, for: live.id, replacing: generation, until: deadline)
            return live.machine.intentStored(flight)
        } catch .vault(let error) {
            return live.machine.intentFailed(flight, error: error, at: moment())
        } catch {
            return live.machine.failed(flight, fault: error, at: moment())
        }
    }

    private func store(
        _ result: Credential,
        replacing generation: Int?,
        _ flight: Flight,
        _ live: LiveCredential
    ) async -> FlightStep {
        let deadline = loop.now + Self.vaultPatience
        do throws(FlightFault) {
            try await desk.store(result, for: live.id, replacing: generation, until: deadline)
            return live.machine.stored(flight, at: moment())
        } catch .vault(let error) {
            return live.machine.storeFailed(flight, error: error, at: moment())
        } catch {
            return live.machine.failed(flight, fault: error, at: moment())
        }
    }

    /// Lets those who wait go, and pauses before a result is stored again.
    private func wait(
        _ pause: Duration,
        before flight: Flight,
        _ live: LiveCredential,
        over fault: CredentialFault
    ) async {
        logger.log(
            .error,
            "a new token cannot be stored; trying again",
            ["credential": live.id.description, "reason": fault.message]
        )
        guard live.machine.flight == flight else { return }
        live.wake(.again)
        changed(live)
        let wait = TimedWait(atDeadline: false)
        live.pause = wait
        let length = isStopping ? min(pause, .milliseconds(250)) : pause
        _ = await wait.wait(on: loop, until: loop.now + length)
        if live.pause === wait { live.pause = nil }
    }

    private func make(
        _ call: TokenCall,
        _ flight: Flight,
        _ live: LiveCredential,
        until end: Instant
    ) async -> (FlightStep, Brought?) {
        guard let connection = live.connection else {
            return (live.machine.failed(flight, fault: .cancelled, at: moment()), nil)
        }
        changed(live)
        let client = ClientKey(
            of: connection,
            for: live.id,
            call.credential,
            live.machine.rules
        )
        let grant = Self.grant(call.refreshToken, of: connection)
        let start = Instant.now
        let values = TemplateValues(
            connection,
            tenant: live.id.tenant,
            fields: call.credential.fields
        )
        let called = await ask(grant, with: values, from: call.credential, until: end)
        took(Instant.now - start, for: live.id)
        let renewal = live.machine.rules.renewal
        let outcome = await completed(called.outcome, with: values, renewal: renewal)
        if let fault = judge(called.outcome, of: flight, live, client) {
            return (live.machine.failed(flight, fault: fault, at: moment()), nil)
        }
        let step = live.machine.replied(
            flight,
            outcome: outcome,
            sentAt: called.sentAt,
            at: moment()
        )
        guard case .success(let reply) = outcome else { return (step, nil) }
        let withdrawal = call.credential.withdrawal(of: reply, at: moment().wall)
        return (step, Brought(withdrawal: withdrawal, from: connection))
    }

    /// What a refresh asks for; `nil` for a grant that has nothing to ask with.
    static func grant(
        _ refreshToken: Secret?,
        of connection: ConnectionConfiguration
    ) -> TokenGrant? {
        if let refreshToken { return .refreshToken(refreshToken) }
        switch connection.grant {
        case .clientCredentials: return .clientCredentials
        case .jwtBearer: return .jwtBearer
        case .password: return .password
        case .authorizationCode, .refreshToken, .none: return nil
        }
    }

    /// Calls the token endpoint, or the connector's functions that stand in its place.
    func ask(
        _ grant: TokenGrant?,
        with values: TemplateValues,
        from stored: Credential? = nil,
        query: [String: String] = [:],
        until end: Instant
    ) async -> TokenCaller.Called {
        guard let grant else {
            let message = "the grant \(values.connection.grant.rawValue) cannot be used here"
            return TokenCaller.Called(
                outcome: .configuration(code: "configuration", message: message),
                sentAt: moment()
            )
        }
        guard values.connection.connector != nil else {
            return await caller.call(grant, with: values, until: end)
        }
        return await exchange(grant, with: values, from: stored, query: query, until: end)
    }

    /// Publishes what the flight brought, and only then wakes those who wait for it.
    private func land(_ live: LiveCredential, _ end: FlightEnd, called: Bool) {
        if let snapshot = end.publishes, live.connection != nil { live.slot.publish(snapshot) }
        live.wake(.ended(end))
        if called, let result = end.result { count(result, of: live.id) }
        report(end, of: live.id)
        if case .refreshed = end { reportScopes(of: live) }
        changed(live)
        arm(live)
    }
}
