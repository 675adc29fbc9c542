internal import Time
internal import Config
internal import Connection
internal import Credentials
internal import IO

extension DataPath {
    /// What to inject where nobody has to be asked; nil where somebody has.
    func readyInjection(for route: Route, _ exchange: Exchange) throws(Refusal) -> Injection? {
        guard let ready = try injectionSlot(for: route).ready(at: loop.now) else { return nil }
        exchange.tokenPath = route.credential == nil ? nil : .hit
        return ready
    }

    /// What to inject after the token source has been asked, which may mean waiting for a token.
    @inline(never)
    func awaitedInjection(for route: Route, _ exchange: Exchange) async throws(Refusal) -> Injection
    {
        let slot = injectionSlot(for: route)
        guard let id = route.credential else { throw .missingField("access_token") }
        let start = loop.now
        let answer = await settings.tokens.token(
            for: id,
            until: loop.now + route.firstByteTimeout
        )
        exchange.tokenWait = Instant.now - start
        switch answer {
        case .token(let snapshot, let how):
            exchange.tokenPath = how
            return try slot.render(snapshot)
        case .needsAuthorization(let code, let message):
            throw .needsAuthorization(code: code, message: message)
        case .unavailable(let retryAfter, let message):
            throw .tokenUnavailable(
                retryAfter: max(1, Int(retryAfter.components.seconds)),
                message: message
            )
        case .timedOut: throw .tokenTimedOut
        }
    }

    /// After a 401: what to try once more with, or nil when the 401 is the caller's.
    ///
    /// - Throws: the refusal that the next request would get, where the refresh that the 401 forced
    ///   showed that a person must act: that says more than the upstream's 401.
    @inline(never)
    func tokenAfterRejection(
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        mayReplay: Bool
    ) async throws(Refusal) -> Injection? {
        guard route.configuration.on401 == .refresh, let id = route.credential else { return nil }
        let answer = await settings.tokens.rejected(
            id,
            generation: injection.generation,
            mayReplay: mayReplay,
            until: loop.now + route.firstByteTimeout
        )
        guard mayReplay else { return nil }
        switch answer {
        case .replay(let snapshot): return try injectionSlot(for: route).render(snapshot)
        case .passThrough:
            guard let snapshot = settings.tokens.slot(for: id).read(),
                snapshot.status == .needsAuthorization, let fault = snapshot.fault
            else { return nil }
            throw .needsAuthorization(code: fault.code, message: fault.message)
        }
    }
}
