package import Bytes
package import IO
package import Time

/// Sends one message: its head together with the first piece of its body, then the rest.
package final class BodyWriter {
    /// A piece on its way, where the socket did not take all of it at once.
    private struct Unsent {
        let head: Buffer
        /// What ends the chunk, of a chunked body.
        let tail: Buffer?
        let reader: MessageReader
        let piece: MessageReader.Piece
        let left: Int
    }

    package let stream: ByteStream
    private let buffers: BufferPool
    private var isChunked = false
    private var unsent: Unsent?
    /// How many bytes of bodies have been sent, for logs.
    package private(set) var bodyBytes = 0

    package init(_ stream: ByteStream, buffers: BufferPool) {
        self.stream = stream
        self.buffers = buffers
    }

    /// Forgets everything, at the connection's end.
    package func reset() { giveUp() }

    /// Begins a message whose body is framed like this on the wire.
    package func begin(chunked: Bool) {
        isChunked = chunked
    }

    /// Sends what is in `head`, then the front of the reader's buffer that the piece names.
    ///
    /// `head`: what goes before; emptied.
    /// `pause`: the longest wait for the peer to take more.
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func send(
        head: Buffer,
        piece: MessageReader.Piece,
        of reader: MessageReader,
        pause: Interval
    ) async throws(IOError) {
        if try start(head: head, piece: piece, of: reader) { return }
        try await finish(pause: pause)
    }

    /// Sends what the socket takes at once; true when that was all, else `finish` must follow.
    ///
    /// - Throws: `closed`.
    package func start(
        head: Buffer,
        piece: MessageReader.Piece,
        of reader: MessageReader
    ) throws(IOError) -> Bool {
        var tail: Buffer?
        if isChunked {
            let end = buffers.take()
            if piece.count > 0 {
                head.append(hex: piece.count)
                head.append("\r\n")
                end.append("\r\n")
            }
            if piece.isLast { end.append("0\r\n\r\n") }
            tail = end
        }
        return try advance(head, piece, of: reader, left: piece.count, tail)
    }

    /// Sends the rest of what `start` began.
    ///
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func finish(pause: Interval) async throws(IOError) {
        while let unsent {
            do throws(IOError) {
                try await stream.waitWritable(until: stream.now + pause)
            } catch {
                giveUp()
                throw error
            }
            self.unsent = nil
            _ = try advance(
                unsent.head,
                unsent.piece,
                of: unsent.reader,
                left: unsent.left,
                unsent.tail
            )
        }
    }

    /// Sends what the socket takes; what it does not take becomes `unsent`.
    private func advance(
        _ head: Buffer,
        _ piece: MessageReader.Piece,
        of reader: MessageReader,
        left: Int,
        _ tail: Buffer?
    ) throws(IOError) -> Bool {
        do throws(IOError) {
            let sent = try stream.write(head: head, body: reader.buffer, count: left, tail: tail)
            guard sent.done else {
                unsent = Unsent(
                    head: head,
                    tail: tail,
                    reader: reader,
                    piece: piece,
                    left: sent.left
                )
                return false
            }
        } catch {
            if let tail { buffers.give(tail) }
            throw error
        }
        bodyBytes &+= piece.count
        reader.finished(piece)
        if let tail { buffers.give(tail) }
        return true
    }

    private func giveUp() {
        if let tail = unsent?.tail { buffers.give(tail) }
        unsent = nil
    }

    /// Sends a buffer as it is.
    ///
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func send(_ buffer: Buffer, pause: Interval) async throws(IOError) {
        while try !stream.write(from: buffer) {
            try await stream.waitWritable(until: stream.now + pause)
        }
    }
}
