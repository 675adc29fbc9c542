import Bytes
import IO
import Support
import Time

/// What an upstream does with one request.
struct Reply: Sendable {
    enum Act: Sendable {
        case send([UInt8])
        /// Sends text.
        case text(String)
        /// Reads nothing and says nothing until the gate of that name is opened.
        case wait(String)
        /// Sends zeros for as long as they are taken.
        case flood
        case close
        case abort
    }

    /// Whether it answers as soon as the head is there, before the body.
    var isEarly = false
    var acts: [Act]

    init(_ acts: Act..., early: Bool = false) {
        self.acts = acts
        isEarly = early
    }

    static let ok = Reply(.text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
}

/// A request as an upstream's script sees it.
struct Seen: Sendable {
    /// Which connection it came over, from 0, and which request of all it is.
    let connection: Int
    let number: Int
    let message: Message
}

/// An upstream that keeps the exact bytes which reach it, reads them with the oracle alone and
/// answers what it is told to, well-formed or not.
actor RawUpstream: LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let port: Int
    private let socket: ListeningSocket
    private let script: @Sendable (Seen) -> Reply
    /// The bytes of each connection, in the order in which they were opened.
    private(set) var received: [[UInt8]] = []
    /// Which connections the proxy has ended.
    private(set) var ended: Set<Int> = []
    /// All whole requests.
    private(set) var requests: [Message] = []
    private(set) var violations: [String] = []
    private(set) var floodBytes = 0
    /// The flood was not taken any more.
    private(set) var floodIsOver = false
    /// How many replies have begun to wait at a gate.
    private(set) var waiting = 0
    private var gates: [String: [TimedWait<Bool>]] = [:]
    private var open: Set<String> = []
    private var watches: [(test: @Sendable (isolated RawUpstream) -> Bool, wait: TimedWait<Bool>)] =
        []
    private var listener: Listener?

    /// What each connection is told unasked.
    private let greeting: [UInt8]

    init(
        on loop: EventLoop,
        greeting: String = "",
        script: @escaping @Sendable (Seen) -> Reply
    ) throws {
        self.loop = loop
        self.greeting = Array(greeting.utf8)
        guard let address = SocketAddress(ip: "127.0.0.1", port: 0) else {
            throw TestFailure("no address")
        }
        socket = try ListeningSocket(address, shared: false)
        port = socket.address.port
        self.script = script
    }

    func start() throws {
        let listener = try Listener(socket, on: loop)
        self.listener = listener
        loop.start { await self.accept() }
    }

    func stop() {
        listener?.close()
        socket.close()
    }

    /// Lets replies pass that wait at a gate.
    func openGate(_ name: String) {
        open.insert(name)
        for wait in gates.removeValue(forKey: name) ?? [] { wait.resume(true) }
    }

    /// Waits until something is so; false after ten seconds.
    func until(_ test: @escaping @Sendable (isolated RawUpstream) -> Bool) async -> Bool {
        if test(self) { return true }
        let wait = TimedWait<Bool>(atDeadline: false)
        watches.append((test, wait))
        return await wait.wait(on: loop, until: Instant.now + .seconds(10))
    }

    private func changed() {
        for watch in watches where watch.wait.isWaiting && watch.test(self) {
            watch.wait.resume(true)
        }
        watches.removeAll { !$0.wait.isWaiting }
    }

    private func accept() async {
        guard let listener else { return }
        while await listener.waitForConnection() {
            guard case .connection(let fd, let peer) = listener.accept() else { continue }
            let index = received.count
            received.append([])
            changed()
            loop.start { await self.serve(fd, peer, index) }
        }
    }

    private func serve(_ fd: CInt, _ peer: SocketAddress?, _ index: Int) async {
        let stream = ByteStream(fd: fd, peer: peer, on: loop)
        let buffer = Buffer(capacity: 64 << 10)
        if !greeting.isEmpty {
            buffer.append(greeting)
            _ = try? stream.write(from: buffer)
            buffer.clear()
        }
        var start = 0
        var answered = false
        while true {
            switch Oracle.read(received[index][start...], .request) {
            case .complete(let message):
                start += message.length
                let seen = Seen(connection: index, number: requests.count, message: message)
                requests.append(message)
                changed()
                if !answered, await !play(script(seen), stream) { return end(stream, index) }
                answered = false
                continue
            case .violation(let reason):
                violations.append(reason)
                changed()
                return end(stream, index)
            case .incomplete:
                if !answered, let head = head(received[index][start...]) {
                    let seen = Seen(connection: index, number: requests.count, message: head)
                    let reply = script(seen)
                    if reply.isEarly {
                        answered = true
                        if await !play(reply, stream) { return end(stream, index) }
                    }
                }
            }
            guard let count = try? await stream.fill(buffer, until: .never), count > 0 else {
                return end(stream, index)
            }
            received[index] += buffer.withReadable { bytes in bytes.indices.map { bytes[$0] } }
            buffer.clear()
            changed()
        }
    }

    private func end(_ stream: ByteStream, _ index: Int) {
        stream.close()
        ended.insert(index)
        changed()
    }

    /// The message whose head is there, without its body.
    private func head(_ bytes: ArraySlice<UInt8>) -> Message? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .split(separator: "\r\n").map(String.init)
        var message = Message()
        message.start = lines.removeFirst().split(separator: " ").map(String.init)
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            message.fields.append((parts[0], String(parts.last?.dropFirst() ?? "")))
        }
        return message
    }

    /// Does what a reply says; false when the connection is over.
    private func play(_ reply: Reply, _ stream: ByteStream) async -> Bool {
        let out = Buffer(capacity: 64 << 10)
        for act in reply.acts {
            switch act {
            case .send(let bytes): out.append(bytes)
            case .text(let text): out.append(Array(text.utf8))
            case .wait(let gate):
                waiting += 1
                changed()
                if !open.contains(gate) {
                    let wait = TimedWait<Bool>(atDeadline: false)
                    gates[gate, default: []].append(wait)
                    guard await wait.wait(on: loop, until: Instant.now + .seconds(10)) else {
                        return false
                    }
                }
            case .flood: await flood(stream)
            case .close: return false
            case .abort:
                stream.abort()
                return false
            }
            guard (try? await stream.drain(out, until: Instant.now + .seconds(10))) != nil else {
                return false
            }
        }
        return true
    }

    private func flood(_ stream: ByteStream) async {
        let zeros = Buffer(capacity: 64 << 10)
        while true {
            zeros.append([UInt8](repeating: 48, count: 32 << 10))
            do {
                try await stream.drain(zeros, until: Instant.now + .milliseconds(300))
            } catch {
                floodBytes += (32 << 10) - zeros.count
                floodIsOver = true
                return changed()
            }
            floodBytes += 32 << 10
        }
    }
}
