package import Time
internal import Config
package import Credentials
internal import HTTP
package import IO
internal import Connection
internal import Crypto
package import OAuth

/// Calls token endpoints: one request, one answer, one connection, one deadline.
///
/// It never follows a redirect and never keeps a connection. An endpoint whose host the configuration
/// names may be at any address; one that credentials name must be at a public one.
package actor TokenCaller: LoopActor {
    /// An answer that was read, and when the request was sent: lives are counted from there.
    package struct Called: Sendable {
        package let outcome: TokenOutcome
        package let sentAt: Moment
    }

    /// What tells one TLS context from another.
    private struct TLSKey: Hashable {
        let authorities: String?
        let identity: TLSIdentity?
    }

    private static let contextsMax = 256

    package nonisolated let loop: EventLoop
    private let resolver: Resolver
    private let patience: Patience
    private let buffers = BufferPool()
    private var gates: [String: CallGate] = [:]
    private var contexts: [TLSKey: TLSContext] = [:]

    init(on loop: EventLoop, resolver: Resolver, patience: Patience) {
        self.loop = loop
        self.resolver = resolver
        self.patience = patience
    }

    /// Makes a token call; with no answer the outcome is a transient one.
    ///
    /// It may wait for its turn and be under way until `end`; `request_timeout` counts from its
    /// turn.
    package func call(
        _ grant: TokenGrant,
        with values: TemplateValues,
        until end: Instant
    ) async -> Called {
        let connection = values.connection
        let call: TokenRequest
        do throws(TokenRequestError) {
            call = try TokenRequest.make(grant, with: values)
        } catch {
            let outcome = TokenOutcome.configuration(
                code: "configuration",
                message: error.description
            )
            return Called(outcome: outcome, sentAt: Self.moment())
        }
        let endpoint = "\(call.uri.host):\(call.uri.port)"
        let gate = gates[endpoint] ?? CallGate()
        gates[endpoint] = gate
        guard await gate.enter(limit: connection.tokens.concurrency, on: loop, until: end) else {
            let outcome = CallFailure.noTurn.outcome
            return Called(outcome: outcome, sentAt: Self.moment())
        }
        defer {
            gate.leave()
            if gate.isUnused { gates[endpoint] = nil }
        }
        let deadline = min(end, Instant.now + connection.tokens.requestTimeout)
        return await answer(to: call, for: connection, until: deadline)
    }

    private func answer(
        to call: TokenRequest,
        for connection: ConnectionConfiguration,
        until deadline: Instant
    ) async -> Called {
        var sentAt = Self.moment()
        do throws(CallFailure) {
            let stream = try await connect(
                to: call.destination,
                tlsKey(of: connection),
                until: deadline
            )
            defer { stream.close() }
            sentAt = Self.moment()
            let exchange = TokenExchange(stream, buffers: buffers)
            let response = try await exchange.send(
                call.request,
                authority: call.uri.authority,
                until: deadline
            )
            let now = WallTime(seconds: WallClock.now)
            let outcome = TokenResponse.read(response, to: call, for: connection, at: now)
            return Called(outcome: outcome, sentAt: sentAt)
        } catch {
            return Called(outcome: error.outcome, sentAt: sentAt)
        }
    }

    /// Whom to trust, and what to show.
    ///
    /// The authorities of `api_client { tls ca=… }` count here too, besides the system's: an
    /// identity provider of one's own mostly stands behind the same authority as the API, and one
    /// of the world does not. Its client certificate and server name are the API's alone.
    private func tlsKey(of connection: ConnectionConfiguration) -> TLSKey {
        var identity: TLSIdentity?
        if case .tls(let certificate, let key) = connection.clientAuthentication {
            identity = TLSIdentity(certificate: certificate.source, key: key.source)
        }
        return TLSKey(authorities: connection.api.tls.ca, identity: identity)
    }

    /// Forgets certificates that were read, so that changed files count.
    func forgetTLS() { contexts = [:] }

    private func connect(
        to destination: Destination,
        _ key: TLSKey,
        until deadline: Instant
    ) async throws(CallFailure) -> ByteStream {
        let uri = destination.uri
        let place = "\(uri.host):\(uri.port)"
        let addresses = try await addresses(of: uri, until: deadline).filter {
            destination.isNamed || $0.isPublic
        }
        guard !addresses.isEmpty else { throw .addressRefused(uri.host) }
        let stream: ByteStream
        do throws(IOError) {
            stream = try await ByteStream.connect(toAnyOf: addresses, on: loop, until: deadline)
        } catch {
            throw CallFailure(connecting: error, to: place)
        }
        guard uri.scheme == .https else { return stream }
        do throws(IOError) {
            try await stream.startTLS(
                try context(key),
                serverName: uri.host,
                port: uri.port,
                until: deadline
            )
            return stream
        } catch {
            stream.close()
            throw CallFailure(connecting: error, to: place)
        }
    }

    private func addresses(
        of uri: URI,
        until deadline: Instant
    ) async throws(CallFailure) -> [SocketAddress] {
        if let literal = SocketAddress(ip: uri.host, port: uri.port) { return [literal] }
        let resolver = resolver
        let found = await patience.wait(until: deadline) {
            () async -> Result<[SocketAddress], IOError> in
            do throws(IOError) {
                return .success(try await resolver.addresses(of: uri.host, port: uri.port))
            } catch {
                return .failure(error)
            }
        }
        switch found {
        case .success(let addresses)?: return addresses
        case .failure(let error)?: throw CallFailure(connecting: error, to: uri.host)
        case nil: throw .timedOut
        }
    }

    private func context(_ key: TLSKey) throws(IOError) -> TLSContext {
        if let made = contexts[key] { return made }
        if contexts.count >= Self.contextsMax { contexts = [:] }
        let made = try TLSContext.client(
            authorities: key.authorities.map { .file($0) },
            besidesSystem: true,
            identity: key.identity
        )
        contexts[key] = made
        return made
    }

    private static func moment() -> Moment {
        Moment(instant: .now, wall: WallTime(seconds: WallClock.now), chance: 0)
    }
}

extension PEM {
    /// Where OpenSSL finds it.
    fileprivate var source: PEMSource {
        switch self {
        case .path(let path): .file(path)
        case .pem(let text): .text(text.reveal())
        }
    }
}

extension TokenRequestError {
    /// What to mend.
    fileprivate var description: String {
        switch self {
        case .noTokenURI: "the connection has no token_uri"
        case .endpoint(let error): "the token endpoint: \(error)"
        case .noClientID: "the connection has no client_id"
        case .unsupported(let what): "\(what) cannot be used yet"
        case .badHeader(let name): "the value of token_header \(name) has a control character"
        }
    }
}
