import Bytes
import IO
import Testing
import Time

/// A server that answers every connection with the same bytes, whatever it is asked, and closes.
actor RawServer: LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let port: Int
    private let socket: ListeningSocket
    private let answer: String
    /// What a request holds when enough of it has come.
    private let mark: String
    private let tls: TLSIdentity?
    private var listener: Listener?
    /// What came in, of all connections.
    private var received = ""

    /// Listens on loopback; with an identity, for TLS.
    init(_ answer: String, after mark: String = "grant_type=", tls: TLSIdentity? = nil) throws {
        try self.init(after: mark, tls: tls) { _ in answer }
    }

    /// Listens on loopback, and answers what may depend on its port.
    init(after mark: String, tls: TLSIdentity? = nil, answering: @Sendable (Int) -> String) throws {
        self.mark = mark
        loop = try EventLoop(name: "raw-server")
        socket = try ListeningSocket(
            try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
            shared: false
        )
        port = socket.address.port
        answer = answering(port)
        self.tls = tls
    }

    /// All that came in.
    var text: String { received }

    /// Serves for as long as the body lasts, and answers what came in.
    @discardableResult
    nonisolated func play(_ body: () async throws -> Void) async throws -> String {
        let running = loop.start { await self.run() }
        do {
            try await body()
        } catch {
            Issue.record(error)
        }
        await stop()
        await running.value
        let received = await received
        loop.stop()
        return received
    }

    private func run() async {
        defer { socket.close() }
        guard let listener = try? Listener(socket, on: loop) else { return }
        self.listener = listener
        while await listener.waitForConnection() {
            guard case .connection(let fd, let peer) = listener.accept() else { continue }
            let stream = ByteStream(fd: fd, peer: peer, on: loop)
            try? await serve(stream)
            stream.close()
        }
    }

    private func stop() { listener?.close() }

    private func serve(_ stream: ByteStream) async throws {
        let deadline = Instant.now + .seconds(20)
        if let tls { try await stream.acceptTLS(try TLSContext.server(tls), until: deadline) }
        let buffer = Buffer(capacity: 65_536)
        while !buffer.text.contains(mark) {
            guard try await stream.fill(buffer, until: deadline) > 0 else { return }
        }
        received += buffer.text
        buffer.clear()
        buffer.append(answer)
        try await stream.drain(buffer, until: deadline)
        // A close with unread bytes would be a reset, which may overtake the answer.
        stream.finishSending()
        while try await stream.fill(buffer, until: deadline) > 0 { buffer.clear() }
    }
}

extension Buffer {
    /// All that can be read, as text.
    var text: String {
        var bytes: [UInt8] = []
        withReadable { span in for index in span.indices { bytes.append(span[index]) } }
        return String(decoding: bytes, as: UTF8.self)
    }
}
