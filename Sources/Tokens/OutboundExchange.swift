internal import Bytes
internal import Time
internal import Connection
internal import HTTP
internal import IO

/// One request and its whole answer on a connection of its own.
struct OutboundExchange {
    /// How large an answer's head may be.
    private static let headLimits = HeadLimits(headBytes: 65_536)
    /// Interim answers (1xx) that are passed over.
    private static let interimMax = 16

    private let stream: ByteStream
    private let reader: MessageReader
    private let bodyMax: Int

    /// Prepares an exchange that reads at most so many bytes of a body.
    init(_ stream: ByteStream, buffers: BufferPool, bodyMax: Int) {
        self.bodyMax = bodyMax
        self.stream = stream
        reader = MessageReader(stream, buffers: buffers)
    }

    /// Sends the request and reads the answer, its body up to the limit.
    func send(
        _ request: Request,
        authority: String,
        until deadline: Instant
    ) async throws(CallFailure) -> Response {
        defer { reader.dropBuffer() }
        let buffer = Buffer(capacity: 4096)
        do throws(HTTPError) {
            try buffer.append(request, authority: authority, closing: true)
        } catch {
            throw .unsendable(error)
        }
        do throws(IOError) {
            try await stream.drain(buffer, until: deadline)
        } catch {
            throw error == .timedOut ? .timedOut : .cutOff
        }
        do throws(ConnectionError) {
            return try await read(answering: Method(request.method), until: deadline)
        } catch {
            throw CallFailure(error)
        }
    }

    private func read(
        answering method: Method,
        until deadline: Instant
    ) async throws(ConnectionError) -> Response {
        var head = ResponseHead()
        for _ in 0...Self.interimMax {
            head.reset()
            let length = try await headLength(&head, answering: method, until: deadline)
            if head.isInformational {
                reader.consume(length)
                continue
            }
            guard head.status >= 200 else { throw .unexpected }
            var response = Response(status: head.status, fields: fields(of: head))
            reader.beginBody(head.framing, afterHead: length)
            response.body = try await body(until: deadline)
            return response
        }
        throw .unexpected
    }

    private func headLength(
        _ head: inout ResponseHead,
        answering method: Method,
        until deadline: Instant
    ) async throws(ConnectionError) -> Int {
        while true {
            do throws(HTTPError) {
                if let length = try reader.parse(
                    &head,
                    limits: Self.headLimits,
                    answering: method
                ) {
                    return length
                }
            } catch {
                throw .malformed(error)
            }
            let more: Bool
            do throws(IOError) {
                more = try await reader.fill(until: deadline)
            } catch {
                throw .io(error)
            }
            guard more else { throw .incomplete }
        }
    }

    private func fields(of head: ResponseHead) -> Fields {
        var fields = Fields()
        reader.buffer?.withReadable { (bytes: Span<UInt8>) in
            for field in head.fields {
                fields.append(Self.text(field.name, bytes), Self.text(field.value, bytes))
            }
        }
        return fields
    }

    private static func text(_ range: ByteRange, _ bytes: Span<UInt8>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range.lower..<min(range.upper, bytes.count) { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }

    private func body(until deadline: Instant) async throws(ConnectionError) -> [UInt8] {
        var body: [UInt8] = []
        while !reader.isFinished, body.count < bodyMax {
            let piece = try await reader.piece(until: deadline)
            reader.buffer?.withReadable { (bytes: Span<UInt8>) in
                let count = min(piece.count, bytes.count, bodyMax - body.count)
                for index in 0..<count { body.append(bytes[index]) }
            }
            reader.discard(piece)
        }
        return body
    }
}
