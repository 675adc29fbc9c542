internal import Bytes
package import HTTP
package import IO
package import Time

/// Serves whole requests at one address: what the control plane needs, and no more.
///
/// Requests and answers are small and held in memory; nothing streams. Everything is bounded: heads,
/// bodies, connections, and the time that each step of a caller may take.
package actor ControlServer: LoopActor {
    /// What one caller, and all of them together, may take.
    package struct Limits: Sendable {
        package var head = HeadLimits()
        /// The most bytes of a body; more is answered with 413.
        package var bodyBytes = 1 << 20
        /// The most connections at once; more are answered with 503.
        package var connections = 256
        /// The longest time for a head to arrive, and for a connection's first byte.
        package var header: Duration = .seconds(10)
        /// The longest time for a whole body to arrive, and for an answer to be taken.
        package var body: Duration = .seconds(10)
        /// The longest that a connection may be idle between two requests.
        package var keepAlive: Duration = .seconds(75)

        package init() {}
    }

    /// Answers one request; it is called on the loop and may wait.
    package typealias Handler = @Sendable (Request) async -> Response

    /// Makes the answer to what is no request: its status, and one sentence about the reason.
    package typealias Refuser = @Sendable (_ status: Int, _ message: String) -> Response

    /// A caller's connection.
    private final class Caller {
        let stream: ByteStream
        let reader: RequestReader
        /// Whether a request has been read, and its answer not been sent.
        var isAnswering = false

        init(_ stream: ByteStream, _ reader: RequestReader) {
            self.stream = stream
            self.reader = reader
        }
    }

    private static let tooMany = Array(
        """
        HTTP/1.1 503 Service Unavailable\r
        Retry-After: 1\r
        Connection: close\r
        Content-Length: 0\r
        \r

        """.utf8
    )

    package nonisolated let loop: EventLoop
    package nonisolated let reference: LoopReference
    /// The address that is listened at, with the port that the kernel chose for port 0.
    package nonisolated let address: SocketAddress
    private let socket: ListeningSocket
    private let limits: Limits
    private let handler: Handler
    private let refuser: Refuser
    private let buffers = BufferPool()
    private var listener: Listener?
    private var callers: [ObjectIdentifier: Caller] = [:]
    private var isStopping = false
    private var whenIdle: TimedWait<Bool>?

    /// Makes a server of a socket, which stays its maker's to close; `run` begins to serve.
    package init(
        _ socket: ListeningSocket,
        on loop: EventLoop,
        limits: Limits = Limits(),
        refusing refuser: @escaping Refuser,
        answering handler: @escaping Handler
    ) {
        self.socket = socket
        self.loop = loop
        reference = LoopReference(loop)
        address = socket.address
        self.limits = limits
        self.refuser = refuser
        self.handler = handler
    }

    /// Accepts and answers until `stop` is called.
    ///
    /// - Throws: `IOError.system` when the loop cannot take the socket.
    package func run() async throws(IOError) {
        guard !isStopping else { return }
        let listener = try Listener(socket, on: loop)
        self.listener = listener
        await listener.accept { begin($0, $1) }
    }

    /// Stops listening, ends idle connections, lets requests be answered, and returns when no
    /// connection is left; those that are at the deadline are cut.
    package func stop(until deadline: Instant) async {
        isStopping = true
        listener?.close()
        for caller in callers.values where caller.reader.isIdle { caller.stream.cancel() }
        if !callers.isEmpty {
            let idle = TimedWait(atDeadline: false)
            whenIdle = idle
            _ = await idle.wait(on: loop, until: deadline)
        }
        for caller in callers.values { caller.stream.cancel() }
    }

    private func begin(_ fd: CInt, _ peer: SocketAddress?) {
        guard callers.count < limits.connections, !isStopping else {
            ByteStream.refuse(fd, with: Self.tooMany)
            return
        }
        let stream = ByteStream(fd: fd, peer: peer, on: loop)
        let reader = RequestReader(stream, buffers: buffers, on: loop, limits: limits.head)
        let id = ObjectIdentifier(stream)
        callers[id] = Caller(stream, reader)
        loop.start { await self.serve(id) }
    }

    private func serve(_ id: ObjectIdentifier) async {
        guard let caller = callers[id] else { return }
        do throws(ConnectionError) {
            try await converse(caller)
        } catch {
            await refuse(caller, error)
        }
        caller.reader.finish()
        caller.stream.close()
        callers[id] = nil
        if callers.isEmpty { whenIdle?.resume(true) }
    }

    /// Answers one request after another until either side has enough.
    private func converse(_ caller: Caller) async throws(ConnectionError) {
        var patience = limits.header
        while !isStopping {
            guard var received = try await caller.reader.next(idle: patience, header: limits.header)
            else { return }
            try await readBody(of: &received, caller)
            caller.isAnswering = true
            let response = await handler(received.request)
            let isLast = !received.keepAlive || isStopping
            try await send(response, answering: received.method, closing: isLast, to: caller)
            caller.isAnswering = false
            if isLast { return }
            patience = limits.keepAlive
        }
    }

    /// Reads the body, unless its length is known to be too much: then none of it is asked for.
    private func readBody(
        of received: inout ReceivedRequest,
        _ caller: Caller
    ) async throws(ConnectionError) {
        if case .length(let length) = received.framing, length > limits.bodyBytes {
            throw .malformed(.bodyTooLarge)
        }
        let deadline = loop.now + limits.body
        var body: [UInt8] = []
        try await caller.reader.readBody(until: { deadline }) { bytes throws(HTTPError) in
            guard bytes.count <= limits.bodyBytes - body.count else { throw .bodyTooLarge }
            for index in bytes.indices { body.append(bytes[index]) }
        }
        received.request.body = body
    }

    private func send(
        _ response: Response,
        answering method: Method,
        closing: Bool,
        to caller: Caller
    ) async throws(ConnectionError) {
        let out = buffers.take()
        defer { buffers.give(out) }
        let now = Int(WallClock.now)
        do throws(HTTPError) {
            try out.append(response, closing: closing, answering: method, now: now)
        } catch {
            // A field that may not be sent: the answer is at fault, not the caller.
            let failure = Response(status: 500)
            try? out.append(failure, closing: closing, answering: method, now: now)
        }
        try await drain(out, to: caller, until: loop.now + limits.body)
    }

    private func drain(
        _ out: Buffer,
        to caller: Caller,
        until deadline: Instant
    ) async throws(ConnectionError) {
        do throws(IOError) {
            try await caller.stream.drain(out, until: deadline)
        } catch {
            throw .io(error)
        }
    }

    /// Tells a caller what was wrong, where somebody is left to tell.
    private func refuse(_ caller: Caller, _ error: ConnectionError) async {
        guard !caller.isAnswering else { return }
        let response: Response
        switch error {
        case .malformed(let fault): response = refuser(fault.status, fault.message)
        case .incomplete: response = refuser(400, "The request ended before its body did.")
        case .io(.timedOut) where !caller.reader.isIdle:
            response = refuser(408, "The request did not arrive in time.")
        case .io, .unexpected, .queueFull, .queueTimedOut, .addressRefused, .ownListener: return
        }
        guard
            (try? await send(response, answering: .get, closing: true, to: caller)) != nil
        else { return }
        caller.stream.finishSending()
        await caller.reader.linger(until: loop.now + .seconds(2), bytesMax: 1 << 24)
    }
}
