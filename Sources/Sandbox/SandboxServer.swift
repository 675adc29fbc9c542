internal import Time
internal import Connection
internal import FoundationEssentials
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
        while await listener.waitForConnection() {
            switch listener.accept() {
            case .connection(let fd, let peer): begin(fd, peer)
            case .none: continue
            case .exhausted: await loop.sleep(until: loop.now + .milliseconds(50))
            }
        }
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
        let reader = RequestReader(
            stream,
            buffers: buffers,
            on: loop,
            bodyMax: service.limits.controlBodyBytes
        )
        let player = ReplyPlayer(stream, reader: reader, on: loop)
        do throws(ConnectionError) {
            while let received = try await reader.next() {
                guard await answer(received, player) else { break }
            }
        } catch .malformed(let error) {
            try? await player.refuse(error, date: CivilTime.fieldValue(Self.now))
        } catch {
            // The caller went away or the sandbox stops; nobody is left to tell.
        }
        reader.finish()
        stream.close()
        streams[id] = nil
    }

    /// Answers one request; whether the connection may serve another.
    private func answer(_ received: ReceivedRequest, _ player: ReplyPlayer) async -> Bool {
        let now = Self.now
        let reply = service.answer(received.request, summary: received.summary, at: now)
        let date = CivilTime.fieldValue(now)
        let mayGoOn = try? await player.play(reply.playback, to: received, date: date)
        service.finished(reply)
        return mayGoOn ?? false
    }

    /// Seconds since 1970.
    private static var now: Double { Date().timeIntervalSince1970 }
}
