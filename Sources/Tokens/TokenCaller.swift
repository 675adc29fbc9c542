internal import Time
internal import Config
internal import Credentials
internal import IO
internal import Crypto
internal import HTTP
internal import JSON
internal import OAuth

/// Calls a connection's provider: where its endpoints are, with what proves the client.
actor TokenCaller: LoopActor {
    /// An answer that was read, and when the request was sent: lives are counted from there.
    struct Called: Sendable {
        let outcome: TokenOutcome
        let sentAt: Moment
        /// The whole of an answer that is no failure, for connectors.
        var answer: JSONValue?
    }

    nonisolated let loop: EventLoop
    private let outbound: OutboundCaller
    private let discovery: Discovery
    private let keys: KeyCache

    init(outbound: OutboundCaller, disk: BlockingPool, patience: Patience) {
        loop = outbound.loop
        self.outbound = outbound
        discovery = Discovery(on: outbound.loop, outbound: outbound)
        keys = KeyCache(on: outbound.loop, disk: disk, patience: patience)
    }

    /// Forgets what was read from files, so that changed ones count.
    func forgetFiles() async {
        await outbound.forgetTLS()
        await keys.forget()
    }

    /// The provider's endpoints for one account, with all that the server says of itself.
    ///
    /// A server without metadata is no failure where the file names what is `needed`.
    /// - Throws: why they are not known; it may pass.
    func endpoints(
        for values: TemplateValues,
        needing needed: [ConnectionConfiguration.Endpoint],
        until end: Instant
    ) async throws(Unprepared) -> Endpoints {
        do throws(Discovery.Failure) {
            let metadata = try await discovery.metadata(of: values.connection, until: end)
            return Endpoints(values, metadata: metadata)
        } catch {
            let isComplete = needed.allSatisfy { values.connection.template(of: $0) != nil }
            if isComplete, error.isAbsent { return Endpoints(values) }
            throw Unprepared(code: "discovery", message: error.message, mayPass: true)
        }
    }

    /// The endpoints for a call to one of them; where it is written, nobody is asked.
    private func endpoints(
        for values: TemplateValues,
        calling endpoint: ConnectionConfiguration.Endpoint,
        until end: Instant
    ) async throws(Unprepared) -> Endpoints {
        guard values.connection.template(of: endpoint) == nil else { return Endpoints(values) }
        return try await endpoints(for: values, needing: [endpoint], until: end)
    }

    /// Makes a token call; with no answer the outcome is a transient one.
    ///
    /// It may wait for its turn and be under way until `end`; `request_timeout` counts from its
    /// turn.
    func call(
        _ grant: TokenGrant,
        with values: TemplateValues,
        until end: Instant
    ) async -> Called {
        let call: TokenRequest
        do throws(Unprepared) {
            call = try await request(grant, with: values, until: end)
        } catch {
            return Called(outcome: error.outcome, sentAt: Self.moment())
        }
        do throws(CallFailure) {
            let connection = values.connection
            let answered = try await outbound.send(
                Self.call(call.destination, call.request, for: connection),
                until: end
            )
            let now = WallTime(seconds: WallClock.now)
            let outcome = TokenResponse.read(answered.response, to: call, for: connection, at: now)
            return Called(
                outcome: outcome,
                sentAt: answered.sentAt,
                answer: TokenResponse.value(of: answered.response)
            )
        } catch {
            return Called(outcome: error.outcome, sentAt: Self.moment())
        }
    }

    private func request(
        _ grant: TokenGrant,
        with values: TemplateValues,
        until end: Instant
    ) async throws(Unprepared) -> TokenRequest {
        let endpoints = try await endpoints(
            for: values,
            calling: grant.isRefresh ? .refresh : .token,
            until: end
        )
        let keys = try await keys.keys(of: values.connection, until: end)
        let now = WallTime(seconds: WallClock.now)
        do throws(TokenRequestError) {
            return try TokenRequest.make(grant, at: endpoints, keys: keys, now: now)
        } catch {
            throw Unprepared(error)
        }
    }

    /// Tells the provider to end a token; one that has no endpoint for it needs no telling.
    func revoke(
        _ token: Secret,
        _ hint: RevocationRequest.Hint,
        with values: TemplateValues,
        until end: Instant
    ) async -> RevocationOutcome {
        let call: RevocationRequest
        do throws(Unprepared) {
            guard let made = try await request(token, hint, with: values, until: end) else {
                return .done
            }
            call = made
        } catch {
            return .later(retryAfter: nil, message: error.message)
        }
        do throws(CallFailure) {
            let answered = try await outbound.send(
                Self.call(call.destination, call.request, for: values.connection),
                until: end
            )
            let now = WallTime(seconds: WallClock.now)
            return RevocationOutcome(answered.response, to: call, at: now)
        } catch {
            return .later(retryAfter: nil, message: error.message(of: "the revocation endpoint"))
        }
    }

    private func request(
        _ token: Secret,
        _ hint: RevocationRequest.Hint,
        with values: TemplateValues,
        until end: Instant
    ) async throws(Unprepared) -> RevocationRequest? {
        let endpoints = try await endpoints(for: values, calling: .revoke, until: end)
        let keys = try await keys.keys(of: values.connection, until: end)
        let now = WallTime(seconds: WallClock.now)
        do throws(TokenRequestError) {
            return try RevocationRequest.make(token, hint, at: endpoints, keys: keys, now: now)
        } catch {
            throw Unprepared(error)
        }
    }

    private static func call(
        _ destination: Destination,
        _ request: Request,
        for connection: ConnectionConfiguration
    ) -> OutboundCaller.Call {
        OutboundCaller.Call(
            destination: destination,
            request: request,
            tls: OutboundTLS(provider: connection, proving: true),
            concurrency: connection.tokens.concurrency,
            timeout: connection.tokens.requestTimeout
        )
    }

    private static func moment() -> Moment {
        Moment(instant: .now, wall: WallTime(seconds: WallClock.now), chance: 0)
    }
}
