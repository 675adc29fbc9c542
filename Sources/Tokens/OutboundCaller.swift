internal import Time
internal import Config
internal import Connection
internal import Credentials
internal import HTTP
internal import IO
internal import OAuth

/// Makes the calls of our own: one request, one answer, one connection, one deadline.
///
/// It never follows a redirect and never keeps a connection. A place whose host the configuration
/// names may be at any address; one that credentials name must be at a public one.
actor OutboundCaller: LoopActor {
    /// A call to make.
    struct Call: Sendable {
        let destination: Destination
        let request: Request
        let tls: OutboundTLS
        /// Calls at once to this host and port.
        let concurrency: Int
        /// The time that the call has from its turn on.
        let timeout: Duration
        /// How much of the answer's body is read, in bytes.
        var bodyMax = TokenResponse.bodyBytesMax + 1
    }

    /// An answer, and when its request was sent.
    struct Answered: Sendable {
        let response: Response
        let sentAt: Moment
    }

    private static let contextsMax = 256

    nonisolated let loop: EventLoop
    private let resolver: Resolver
    private let patience: Patience
    private let buffers = BufferPool()
    private var gates: [String: CallGate] = [:]
    private var contexts: [OutboundTLS: TLSContext] = [:]

    init(on loop: EventLoop, resolver: Resolver, patience: Patience) {
        self.loop = loop
        self.resolver = resolver
        self.patience = patience
    }

    /// Makes a call, which may wait for its turn and be under way until `end`.
    func send(_ call: Call, until end: Instant) async throws(CallFailure) -> Answered {
        let uri = call.destination.uri
        let place = "\(uri.host):\(uri.port)"
        let gate = gates[place] ?? CallGate()
        gates[place] = gate
        guard await gate.enter(limit: call.concurrency, on: loop, until: end) else {
            throw .noTurn
        }
        defer {
            gate.leave()
            if gate.isUnused { gates[place] = nil }
        }
        let deadline = min(end, Instant.now + call.timeout)
        let stream = try await connect(to: call.destination, call.tls, until: deadline)
        defer { stream.close() }
        let sentAt = Moment(
            instant: .now,
            wall: WallTime(seconds: WallClock.now),
            chance: Double.random(in: 0..<1)
        )
        let exchange = OutboundExchange(stream, buffers: buffers, bodyMax: call.bodyMax)
        let response = try await exchange.send(
            call.request,
            authority: uri.authority,
            until: deadline
        )
        return Answered(response: response, sentAt: sentAt)
    }

    /// Forgets certificates that were read, so that changed files count.
    func forgetTLS() { contexts = [:] }

    private func connect(
        to destination: Destination,
        _ tls: OutboundTLS,
        until deadline: Instant
    ) async throws(CallFailure) -> ByteStream {
        let uri = destination.uri
        let place = "\(uri.host):\(uri.port)"
        let found: [SocketAddress]
        do throws(IOError) {
            found = try await resolver.addresses(
                of: uri.host,
                port: uri.port,
                isNamed: destination.isNamed,
                with: patience,
                until: deadline
            )
        } catch {
            throw CallFailure(connecting: error, to: place)
        }
        let addresses = found.filter { destination.isNamed || $0.isPublic }
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
                try context(tls),
                serverName: tls.serverName ?? uri.host,
                port: uri.port,
                until: deadline
            )
            return stream
        } catch {
            stream.close()
            throw CallFailure(connecting: error, to: place)
        }
    }

    private func context(_ tls: OutboundTLS) throws(IOError) -> TLSContext {
        if let made = contexts[tls] { return made }
        if contexts.count >= Self.contextsMax { contexts = [:] }
        let made = try tls.context()
        contexts[tls] = made
        return made
    }
}
