internal import Bytes
package import HTTP
package import IO
package import Time

/// A request as it came off a connection, and what its answer must know of it.
package struct ReceivedRequest: Sendable {
    /// The request, whose `Host` is that of an absolute-form target where there was one (RFC 9112
    /// section 3.2.2).
    package var request: Request
    package let method: Method
    /// Whether the caller understands chunks, which HTTP/1.0 does not.
    package let knowsChunks: Bool
    package let keepAlive: Bool
    package let framing: Framing
}

/// Reads the requests of one connection as whole values, one after another.
package final class RequestReader {
    private let messages: MessageReader
    private let loop: EventLoop
    private let limits: HeadLimits
    private var head = RequestHead()
    /// Whether nothing of a next request has come yet.
    package private(set) var isIdle = true

    /// Reads from a stream.
    package init(
        _ stream: ByteStream,
        buffers: BufferPool,
        on loop: EventLoop,
        limits: HeadLimits = HeadLimits()
    ) {
        self.loop = loop
        self.limits = limits
        messages = MessageReader(stream, buffers: buffers)
    }

    /// The next request without its body, which must be read before the one after it; `nil` when
    /// the caller has finished.
    ///
    /// Its first byte may take as long as `idle`, and its head `header` from then on.
    ///
    /// - Throws: `malformed` for one that breaks a rule, `incomplete`, `io`.
    package func next(
        idle: Duration,
        header: Duration
    ) async throws(ConnectionError) -> ReceivedRequest? {
        head.reset()
        isIdle = true
        guard let length = try await headLength(idle, header) else { return nil }
        let received = description()
        messages.beginBody(head.framing, afterHead: length)
        return received
    }

    /// Lends the body of the last request piece by piece, to its end; a caller that waits for
    /// `100 Continue` is asked for it.
    ///
    /// `deadline` is asked before each piece by when it must have come; an error of `each` ends the
    /// reading.
    ///
    /// - Throws: `malformed`, `incomplete`, `io`.
    package func readBody(
        until deadline: () -> Instant,
        each: (Span<UInt8>) throws(HTTPError) -> Void
    ) async throws(ConnectionError) {
        if head.expectsContinue && head.framing != .none {
            let line = Buffer(capacity: 64)
            line.append("HTTP/1.1 100 Continue\r\n\r\n")
            do throws(IOError) {
                try await messages.stream.drain(line, until: deadline())
            } catch {
                throw .io(error)
            }
        }
        while !messages.isFinished {
            let piece = try await messages.piece(until: deadline())
            do throws(HTTPError) {
                try messages.buffer?.withReadable { (bytes: Span<UInt8>) throws(HTTPError) in
                    try each(bytes.extracting(0..<min(piece.count, bytes.count)))
                }
            } catch {
                throw .malformed(error)
            }
            messages.discard(piece)
        }
    }

    /// Reads and forgets what still comes after a refusal, so that the refusal is not lost in a
    /// reset of the connection; ends with the caller, at the deadline, or after so many bytes.
    package func linger(until deadline: Instant, bytesMax: Int) async {
        var left = bytesMax
        messages.dropBuffer()
        while left > 0 {
            guard let more = try? await messages.fill(until: deadline), more else { return }
            left -= messages.buffer?.count ?? 0
            messages.dropBuffer()
        }
    }

    /// Waits until the moment; ends early, by an error, when the caller goes away.
    ///
    /// - Throws: `closed` or `cancelled`.
    package func wait(until moment: Instant) async throws(IOError) {
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
                try await messages.stream.waitReadable(until: moment)
            } catch .timedOut {
                return
            }
        }
    }

    /// Gives the buffer back.
    package func finish() {
        messages.dropBuffer()
    }

    private func headLength(
        _ idle: Duration,
        _ header: Duration
    ) async throws(ConnectionError) -> Int? {
        do throws(IOError) {
            if !messages.hasBytes {
                try await messages.stream.waitReadable(until: loop.now + idle)
            }
        } catch {
            throw .io(error)
        }
        let deadline = loop.now + header
        while true {
            if messages.hasBytes { isIdle = false }
            if let length = try parsed() { return length }
            let more: Bool
            do throws(IOError) {
                more = try await messages.fill(until: deadline)
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
            return try messages.parse(&head, limits: limits)
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
            if head.form == .absolute, let authority = head.authority {
                request.fields["Host"] = Self.text(authority, in: bytes)
            }
        }
        return ReceivedRequest(
            request: request,
            method: head.method,
            knowsChunks: head.minorVersion == 1,
            keepAlive: head.keepAlive,
            framing: head.framing
        )
    }

    private static func text(_ range: ByteRange, in bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range.lower..<range.upper { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
