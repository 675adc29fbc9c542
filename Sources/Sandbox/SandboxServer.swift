internal import Time
internal import Connection
internal import Crypto
internal import HTTP
package import IO

/// The sandbox on a loopback address: one event loop, any number of connections.
package actor SandboxServer: LoopActor {
    /// Why a sandbox cannot start.
    package enum StartError: Error, Equatable, Sendable {
        /// Others could reach the address; the sandbox gives tokens to whoever asks.
        case notLoopback(SocketAddress)
        case io(IOError)
    }

    /// The most connections at once; more are closed as they come.
    private static let connectionsMax = 16_384
    /// How long a connection may be idle, and how long a request may pause.
    private static let pause: Duration = .seconds(300)

    package nonisolated let loop: EventLoop
    /// The address that it listens on, with the port that the kernel chose for port 0.
    package nonisolated let address: SocketAddress
    private let socket: ListeningSocket
    private var listener: Listener?
    private var service: SandboxService
    private let buffers = BufferPool()
    private var streams: [ObjectIdentifier: ByteStream] = [:]
    private var isStopped = false

    /// Binds and listens; callers are answered once `run` is called.
    ///
    /// - Throws: `StartError` for an address that is not this machine's own, or that is taken.
    package init(
        _ address: SocketAddress,
        _ personalities: [Personality] = [],
        on loop: EventLoop
    ) throws(StartError) {
        guard address.isLoopback else { throw .notLoopback(address) }
        do throws(IOError) {
            socket = try ListeningSocket(address, shared: false)
        } catch {
            throw .io(error)
        }
        self.address = socket.address
        self.loop = loop
        service = SandboxService(personalities)
    }

    /// Accepts and answers until `stop` is called.
    ///
    /// - Throws: `IOError.system` when the loop cannot take the listener.
    package func run() async throws(IOError) {
        defer { socket.close() }
        guard !isStopped else { return }
        let listener = try Listener(socket, on: loop)
        self.listener = listener
        await listener.accept { begin($0, $1) }
    }

    /// Stops listening and ends every connection, whatever it is waiting for.
    package func stop() {
        isStopped = true
        listener?.close()
        for stream in streams.values { stream.cancel() }
    }

    private func begin(_ fd: CInt, _ peer: SocketAddress?) {
        let stream = ByteStream(fd: fd, peer: peer, on: loop)
        guard streams.count < Self.connectionsMax, !isStopped else {
            stream.close()
            return
        }
        let id = ObjectIdentifier(stream)
        streams[id] = stream
        loop.start { await self.serve(id) }
    }

    private func serve(_ id: ObjectIdentifier) async {
        guard let stream = streams[id] else { return }
        let reader = RequestReader(stream, buffers: buffers, on: loop)
        let player = ReplyPlayer(stream, reader: reader, on: loop)
        do throws(ConnectionError) {
            while var received = try await reader.next(idle: Self.pause, header: Self.pause) {
                let summary = try await readBody(of: &received, reader)
                guard await answer(received, summary, player) else { break }
            }
        } catch .malformed(let error) {
            try? await player.refuse(error, date: HTTPDate.fieldValue(WallClock.now))
        } catch {
            // The caller went away or the sandbox stops; nobody is left to tell.
        }
        reader.finish()
        stream.close()
        streams[id] = nil
    }

    /// Reads the body; what is too large to keep is hashed and dropped.
    private func readBody(
        of received: inout ReceivedRequest,
        _ reader: RequestReader
    ) async throws(ConnectionError) -> RequestSummary? {
        let bodyMax = service.limits.controlBodyBytes
        var hasher = SHA256Hasher()
        var length = 0
        var body: [UInt8] = []
        try await reader.readBody(until: { loop.now + Self.pause }) { bytes throws(HTTPError) in
            hasher.update(bytes)
            length += bytes.count
            guard length <= bodyMax else { return }
            for index in bytes.indices { body.append(bytes[index]) }
        }
        guard length > bodyMax else {
            received.request.body = body
            return nil
        }
        return RequestSummary(length: length, digest: hasher.finish())
    }

    /// Answers one request; whether the connection may serve another.
    private func answer(
        _ received: ReceivedRequest,
        _ summary: RequestSummary?,
        _ player: ReplyPlayer
    ) async -> Bool {
        let now = WallClock.now
        let reply = service.answer(received.request, summary: summary, at: now)
        let date = HTTPDate.fieldValue(now)
        let mayGoOn = try? await player.play(reply.playback, to: received, date: date)
        service.finished(reply)
        return mayGoOn ?? false
    }
}
