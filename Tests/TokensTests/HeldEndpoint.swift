import Bytes
import Config
import IO
import Sandbox
import Testing
import Time

/// Stands before a provider's token endpoint, and holds its answers back until a test lets them go.
actor HeldEndpoint: LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let uri: Template
    private let provider: Provider
    private let socket: ListeningSocket
    private var listener: Listener?
    /// Whether answers go out at once.
    private var isOpen = false
    /// Who waits for an answer to be held.
    private var watchers: [TimedWait<Void>] = []
    /// The answers that wait.
    private var held: [TimedWait<Void>] = []

    /// Listens on loopback, on a loop of its own.
    init(before provider: Provider) throws {
        self.provider = provider
        loop = try EventLoop(name: "held-endpoint")
        socket = try ListeningSocket(
            try #require(SocketAddress(ip: "127.0.0.1", port: 0)),
            shared: false
        )
        uri = .literal("http://127.0.0.1:\(socket.address.port)/token")
        loop.start { await self.run() }
    }

    /// Waits until an answer of the provider is held.
    func answered() async {
        guard held.isEmpty else { return }
        let wait = TimedWait(atDeadline: ())
        watchers.append(wait)
        await wait.wait(on: loop, until: .far)
    }

    /// Lets all answers go, those to come too.
    func release() {
        isOpen = true
        releaseHeld()
    }

    /// Lets those answers go that are there.
    func releaseHeld() {
        for wait in held { wait.resume(()) }
        held = []
    }

    /// Ends all.
    func stop() {
        release()
        listener?.close()
        socket.close()
        loop.stop()
    }

    private func run() async {
        guard let listener = try? Listener(socket, on: loop) else { return }
        self.listener = listener
        await listener.accept { fd, peer in
            loop.start { try? await self.relay(ByteStream(fd: fd, peer: peer, on: self.loop)) }
        }
    }

    /// Hands one call, which comes in one piece, to the provider, and its answer back.
    private func relay(_ caller: ByteStream) async throws {
        defer { caller.close() }
        let request = Buffer(capacity: 65_536)
        while !request.text.contains("grant_type=") {
            guard try await caller.fill(request, until: .far) > 0 else { return }
        }
        let answer = Buffer(capacity: 65_536)
        let asked = try await ByteStream.connect(
            to: provider.server.address,
            on: loop,
            until: .far
        )
        defer { asked.close() }
        try await asked.drain(request, until: .far)
        while try await asked.fill(answer, until: .far) > 0 {}
        if !isOpen {
            let wait = TimedWait(atDeadline: ())
            held.append(wait)
            for watcher in watchers { watcher.resume(()) }
            watchers = []
            await wait.wait(on: loop, until: .far)
        }
        try await caller.drain(answer, until: .far)
        caller.finishSending()
        while try await caller.fill(request, until: .far) > 0 { request.clear() }
    }
}
