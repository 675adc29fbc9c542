internal import Time
internal import Config
internal import Connection
internal import Credentials
internal import IO

extension DataPath {
    /// What to inject where nobody has to be asked; nil where somebody has.
    func readyInjection(for lane: Lane, _ exchange: Exchange) throws(Refusal) -> Injection? {
        let slot = injectionSlot(for: lane, exchange)
        guard let ready = try slot.ready(at: loop.now) else { return nil }
        exchange.tokenPath = slot.id == nil ? nil : .hit
        if !slot.isKept { keep(slot, lane, exchange) }
        return ready
    }

    /// Keeps the slot of a tenant for its next request.
    @inline(never)
    private func keep(_ slot: InjectionSlot, _ lane: Lane, _ exchange: Exchange) {
        guard let tenant = exchange.admission.tenant else { return }
        tenants.keep(slot, of: tenant, in: lane)
    }

    /// Whether the connection that the request named is gone or has changed since it was looked up,
    /// so that the token read meanwhile may not belong to it.
    func isOutdated(_ exchange: Exchange) -> Bool {
        guard let entry = exchange.admission.entry else { return false }
        return directory.entry(named: entry.connection.name) !== entry
    }

    /// What to inject after the token source has been asked, which may mean waiting for a token.
    @inline(never)
    func awaitedInjection(for lane: Lane, _ exchange: Exchange) async throws(Refusal) -> Injection {
        let slot = injectionSlot(for: lane, exchange)
        guard let id = slot.id else { return try slot.render(nil) }
        let start = loop.now
        let answer = await settings.tokens.token(
            for: id,
            until: loop.now + lane.route.firstByteTimeout
        )
        exchange.tokenWait = Instant.now - start
        switch answer {
        case .token(let snapshot, let how):
            exchange.tokenPath = how
            let injection = try slot.render(snapshot)
            if !slot.isKept { keep(slot, lane, exchange) }
            return injection
        case .needsAuthorization(let code, let message):
            throw .needsAuthorization(code: code, message: message)
        case .unavailable(let retryAfter, let message):
            throw .tokenUnavailable(
                retryAfter: Self.wholeSeconds(retryAfter),
                message: message
            )
        case .timedOut: throw .tokenTimedOut
        }
    }

    /// A pause in seconds, never shorter than it is: who comes back then must not come too early.
    private static func wholeSeconds(_ pause: Duration) -> Int {
        let (seconds, attoseconds) = pause.components
        return max(1, Int(clamping: seconds) &+ (attoseconds > 0 && seconds < 1 << 40 ? 1 : 0))
    }

    /// After a 401: what to try once more with, or nil when the 401 is the caller's.
    ///
    /// - Throws: the refusal that the next request would get, where the refresh that the 401 forced
    ///   showed that a person must act: that says more than the upstream's 401.
    @inline(never)
    func tokenAfterRejection(
        _ exchange: Exchange,
        _ lane: Lane,
        _ injection: Injection,
        mayReplay: Bool
    ) async throws(Refusal) -> Injection? {
        guard lane.route.configuration.on401 == .refresh, let id = injection.credential else {
            return nil
        }
        let answer = await settings.tokens.rejected(
            id,
            generation: injection.generation,
            mayReplay: mayReplay,
            until: loop.now + lane.route.firstByteTimeout
        )
        guard mayReplay else { return nil }
        switch answer {
        case .replay(let snapshot):
            guard !isOutdated(exchange) else { return nil }
            return try injectionSlot(for: lane, exchange).render(snapshot)
        case .passThrough:
            guard let snapshot = settings.tokens.slot(for: id).read(),
                snapshot.status == .needsAuthorization, let fault = snapshot.fault
            else { return nil }
            throw .needsAuthorization(code: fault.code, message: fault.message)
        }
    }
}
