internal import Time
import Bytes
import Connection
import Crypto
import HTTP
import IO

/// Reads the requests of one connection, one after another.
final class RequestReader {
    /// How long a connection may be idle, and how long a request may pause.
    private static let pause = Duration.seconds(300)

    private let stream: ByteStream
    private let messages: MessageReader
    private let loop: EventLoop
    private let bodyMax: Int
    private var head = RequestHead()

    /// Reads from a stream; bodies above `bodyMax` bytes are hashed and dropped.
    init(_ stream: ByteStream, buffers: BufferPool, on loop: EventLoop, bodyMax: Int) {
        self.stream = stream
        self.loop = loop
        self.bodyMax = bodyMax
        messages = MessageReader(stream, buffers: buffers)
    }

    /// The next request; `nil` when the caller has finished.
    ///
    /// - Throws: `malformed` for one that breaks a rule, `incomplete`, `io`.
    func next() async throws(ConnectionError) -> ReceivedRequest? {
        head.reset()
        guard let length = try await headLength() else { return nil }
        var received = description()
        let framing = head.framing
        if head.expectsContinue && framing != .none { try await sendContinue() }
        messages.beginBody(framing, afterHead: length)
        try await readBody(into: &received)
        return received
    }

    /// Waits until the moment; ends early, by an error, when the caller goes away.
    ///
    /// - Throws: `closed` or `cancelled`.
    func wait(until moment: Instant) async throws(IOError) {
        while loop.now < moment {
            if let buffer = messages.buffer, buffer.count >= buffer.capacity {
                // More requests than fit are waiting behind this one; nothing else can be heard.
                await loop.sleep(until: moment)
                return
            }
            switch try messages.readNow() {
            case .bytes: continue
            case .end: throw .closed
            case .wouldBlock: break
            }
            do throws(IOError) {
                try await stream.waitReadable(until: moment)
            } catch .timedOut {
                return
            }
        }
    }

    /// Gives the buffer back.
    func finish() {
        messages.dropBuffer()
    }

    private func headLength() async throws(ConnectionError) -> Int? {
        do throws(IOError) {
            if !messages.hasBytes {
                try await messages.stream.waitReadable(until: loop.now + Self.pause)
            }
        } catch {
            throw .io(error)
        }
        while true {
            if let length = try parsed() { return length }
            let more: Bool
            do throws(IOError) {
                more = try await messages.fill(until: loop.now + Self.pause)
            } catch {
                throw .io(error)
            }
            guard more else {
                if messages.hasBytes { throw .incomplete }
                return nil
            }
        }
    }

    private func parsed() throws(ConnectionError) -> Int? {
        do throws(HTTPError) {
            return try messages.parse(&head, limits: HeadLimits())
        } catch {
            throw .malformed(error)
        }
    }

    private func description() -> ReceivedRequest {
        var request = Request(method: "", target: "")
        messages.buffer?.withReadable { (bytes: Span<UInt8>) in
            request.method = Self.text(head.methodRange, in: bytes)
            request.target = head.form == .asterisk ? "*" : Self.text(head.path, in: bytes)
            if request.target.isEmpty { request.target = "/" }
            if let query = head.query { request.target += "?" + Self.text(query, in: bytes) }
            for field in head.fields {
                request.fields.append(
                    Self.text(field.name, in: bytes),
                    Self.text(field.value, in: bytes)
                )
            }
        }
        return ReceivedRequest(
            request: request,
            isHead: head.method == .head,
            knowsChunks: head.minorVersion == 1,
            keepAlive: head.keepAlive
        )
    }

    private func readBody(into received: inout ReceivedRequest) async throws(ConnectionError) {
        var hasher = SHA256Hasher()
        var length = 0
        while !messages.isFinished {
            let piece = try await messages.piece(until: loop.now + Self.pause)
            messages.buffer?.withReadable { (bytes: Span<UInt8>) in
                let body = bytes.extracting(0..<min(piece.count, bytes.count))
                hasher.update(body)
                length += body.count
                guard length <= bodyMax else { return }
                for index in body.indices { received.request.body.append(body[index]) }
            }
            messages.discard(piece)
        }
        guard length > bodyMax else { return }
        received.request.body = []
        received.summary = RequestSummary(length: length, digest: hasher.finish())
    }

    private func sendContinue() async throws(ConnectionError) {
        let line = Buffer(capacity: 64)
        line.append("HTTP/1.1 100 Continue\r\n\r\n")
        do throws(IOError) {
            try await stream.drain(line, until: loop.now + Self.pause)
        } catch {
            throw .io(error)
        }
    }

    private static func text(_ range: ByteRange, in bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range.lower..<range.upper { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
