package import Time
package import Bytes
package import HTTP
package import IO

/// Reads the messages of one direction of a connection, one after another.
///
/// Holds a buffer only while there are bytes in it. A head is parsed in place and its ranges stay
/// good until `beginBody`; a body is then lent piece by piece.
package final class MessageReader {
    /// What is left of the body that is being read.
    private enum Body {
        case none
        case length(Int)
        case chunked(ChunkDecoder)
        case untilClose
    }

    /// The front of the buffer that belongs to the body.
    package struct Piece {
        /// How many bytes of the body are at the front.
        package let count: Int
        /// How many raw bytes behind them are framing and go with them.
        fileprivate let framing: Int
        /// Whether the body ends with this piece.
        package let isLast: Bool
    }

    package let stream: ByteStream
    package let buffers: BufferPool
    /// The bytes read and not yet used up; nil when there are none.
    package private(set) var buffer: Buffer?
    private var body = Body.none
    /// How many bytes of bodies have been lent, for logs.
    package private(set) var bodyBytes = 0

    package init(_ stream: ByteStream, buffers: BufferPool) {
        self.stream = stream
        self.buffers = buffers
    }

    package var hasBytes: Bool { buffer != nil }

    /// Forgets everything, at the connection's end.
    package func reset() {
        dropBuffer()
        body = .none
    }

    /// Reads what is there without waiting.
    ///
    /// - Throws: `IOError.closed` when the connection broke.
    package func readNow() throws(IOError) -> ReadOutcome {
        let buffer = self.buffer ?? buffers.take()
        self.buffer = nil
        if buffer.room == 0 { buffer.compact() }
        let outcome: ReadOutcome
        do throws(IOError) {
            outcome = try stream.read(into: buffer)
        } catch {
            buffers.give(buffer)
            throw error
        }
        if buffer.isEmpty { buffers.give(buffer) } else { self.buffer = buffer }
        return outcome
    }

    /// Reads at least one byte more; false at the peer's end.
    ///
    /// - Throws: `IOError.timedOut` at the deadline, `cancelled`, `closed`.
    package func fill(until deadline: Instant) async throws(IOError) -> Bool {
        while true {
            switch try readNow() {
            case .bytes: return true
            case .end: return false
            case .wouldBlock: try await stream.waitReadable(until: deadline)
            }
        }
    }

    /// Parses a request's head at the front; answers its length once it is whole.
    package func parse(
        _ head: inout RequestHead,
        limits: HeadLimits
    ) throws(HTTPError) -> Int? {
        guard let buffer else { return nil }
        return try buffer.withReadable { (bytes: Span<UInt8>) throws(HTTPError) -> Int? in
            try head.parse(bytes, limits: limits)
        }
    }

    /// Parses a response's head at the front; answers its length once it is whole.
    package func parse(
        _ head: inout ResponseHead,
        limits: HeadLimits,
        answering method: Method
    ) throws(HTTPError) -> Int? {
        guard let buffer else { return nil }
        return try buffer.withReadable { (bytes: Span<UInt8>) throws(HTTPError) -> Int? in
            try head.parse(bytes, limits: limits, answering: method)
        }
    }

    /// Uses up a head; what follows is a body framed like this.
    package func beginBody(_ framing: Framing, afterHead length: Int) {
        consume(length)
        switch framing {
        case .none: body = .none
        case .length(let length): body = .length(length)
        case .chunked: body = .chunked(ChunkDecoder())
        case .untilClose: body = .untilClose
        }
    }

    /// Whether the body has been lent to its end.
    package var isFinished: Bool {
        switch body {
        case .none: true
        case .length, .chunked, .untilClose: false
        }
    }

    /// The next piece of the body that is already here, or nil when the reader must be filled first.
    package func pieceNow() throws(HTTPError) -> Piece? {
        switch body {
        case .none:
            return Piece(count: 0, framing: 0, isLast: true)
        case .length(let left):
            guard let buffer else { return nil }
            let count = min(left, buffer.count)
            return Piece(count: count, framing: 0, isLast: count == left)
        case .untilClose:
            guard let buffer else { return nil }
            return Piece(count: buffer.count, framing: 0, isLast: false)
        case .chunked(var decoder):
            guard let buffer else { return nil }
            let piece = try Self.unchunk(buffer, &decoder)
            body = .chunked(decoder)
            if buffer.isEmpty { dropBuffer() }
            return piece
        }
    }

    /// The next piece of the body, waiting for it if it must.
    ///
    /// - Throws: `incomplete` when the peer finished early, `malformed`, or `io`.
    package func piece(until deadline: Instant) async throws(ConnectionError) -> Piece {
        while true {
            do throws(HTTPError) {
                if let piece = try pieceNow() { return piece }
            } catch {
                throw .malformed(error)
            }
            let more: Bool
            do throws(IOError) {
                more = try await fill(until: deadline)
            } catch {
                throw error == .closed ? .incomplete : .io(error)
            }
            if more { continue }
            guard case .untilClose = body else { throw .incomplete }
            body = .none
            return Piece(count: 0, framing: 0, isLast: true)
        }
    }

    /// Marks a piece as used, whose bytes were consumed from the buffer by whoever sent them.
    package func finished(_ piece: Piece) {
        bodyBytes &+= piece.count
        if piece.framing > 0 { buffer?.consume(piece.framing) }
        if case .length(let left) = body { body = .length(left - piece.count) }
        if piece.isLast { body = .none }
        if buffer?.isEmpty == true { dropBuffer() }
    }

    /// Uses up a piece without sending it anywhere.
    package func discard(_ piece: Piece) {
        buffer?.consume(piece.count)
        finished(piece)
    }

    /// Uses up bytes at the front.
    package func consume(_ count: Int) {
        buffer?.consume(count)
        if buffer?.isEmpty == true { dropBuffer() }
    }

    /// Gives the buffer back with whatever is in it, at the connection's end.
    package func dropBuffer() {
        guard let buffer else { return }
        self.buffer = nil
        buffers.give(buffer)
    }

    /// Brings all chunk data that is here together at the front of the buffer.
    ///
    /// Data of one chunk stays where it is; only what follows other framing is moved.
    private static func unchunk(
        _ buffer: Buffer,
        _ decoder: inout ChunkDecoder
    ) throws(HTTPError) -> Piece? {
        var used = 0
        var front: ByteRange?
        while true {
            let offset = used
            let before = decoder
            let event: ChunkEvent
            do throws(HTTPError) {
                event = try buffer.withReadable { (bytes: Span<UInt8>) throws(HTTPError) in
                    try decoder.next(bytes.extracting(offset..<bytes.count))
                }
            } catch {
                // What came before the fault is good, and the next call meets the fault again.
                guard front != nil else { throw error }
                decoder = before
                return piece(front, used, of: buffer, isLast: false)
            }
            switch event {
            case .data(let range, let consumed):
                let data = ByteRange(range.lower + offset, range.upper + offset)
                front = front.map { buffer.join($0, data) } ?? data
                used += consumed
                if used < buffer.count { continue }
            case .needMore(let consumed):
                used += consumed
            case .end(let consumed):
                used += consumed
                return piece(front, used, of: buffer, isLast: true)
            }
            if front == nil {
                buffer.consume(used)
                return nil
            }
            return piece(front, used, of: buffer, isLast: false)
        }
    }

    private static func piece(
        _ front: ByteRange?,
        _ used: Int,
        of buffer: Buffer,
        isLast: Bool
    ) -> Piece {
        guard let front else {
            buffer.consume(used)
            return Piece(count: 0, framing: 0, isLast: isLast)
        }
        buffer.consume(front.lower)
        return Piece(count: front.count, framing: used - front.upper, isLast: isLast)
    }
}
