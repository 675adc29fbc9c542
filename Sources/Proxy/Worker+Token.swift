internal import Time
internal import Config
internal import Connection
internal import Credentials
internal import IO

extension Worker {
    /// What to inject, waiting for a token where there is none.
    func injection(for route: Route, _ exchange: Exchange) async throws(Refusal) -> Injection {
        let slot = injectionSlot(for: route)
        if let ready = try slot.ready(at: loop.now) {
            exchange.tokenPath = route.credential == nil ? nil : .hit
            return ready
        }
        guard let id = route.credential else { throw .missingField("access_token") }
        let start = loop.now
        let answer = await settings.tokens.token(
            for: id,
            until: deadline(route.configuration.timeouts.firstByte)
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

    /// After a 401: a newer token to try once more, or nil when the 401 is the caller's.
    func tokenAfterRejection(
        _ exchange: Exchange,
        _ route: Route,
        _ injection: Injection,
        mayReplay: Bool
    ) async -> TokenSnapshot? {
        guard route.configuration.on401 == .refresh, let id = route.credential else { return nil }
        let answer = await settings.tokens.rejected(
            id,
            generation: injection.generation,
            mayReplay: mayReplay,
            until: deadline(route.configuration.timeouts.firstByte)
        )
        switch answer {
        case .replay(let snapshot): return mayReplay ? snapshot : nil
        case .passThrough: return nil
        }
    }

    private func deadline(_ wait: Duration) -> Instant {
        Instant(nanoseconds: (loop.now + wait).nanoseconds)
    }
}
