package import Bytes
package import IO
package import Time

/// Sends one message: its head together with the first piece of its body, then the rest.
package final class BodyWriter {
    /// A piece on its way, where the socket did not take all of it at once.
    private struct Unsent {
        let head: Buffer
        let tail: Buffer
        let reader: MessageReader
        let piece: MessageReader.Piece
        var left: Int
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
        let tail = buffers.take()
        if isChunked {
            if piece.count > 0 {
                head.append(hex: piece.count)
                head.append("\r\n")
                tail.append("\r\n")
            }
            if piece.isLast { tail.append("0\r\n\r\n") }
        }
        let left = reader.buffer == nil ? 0 : piece.count
        unsent = Unsent(head: head, tail: tail, reader: reader, piece: piece, left: left)
        return try advance()
    }

    /// Sends the rest of what `start` began.
    ///
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func finish(pause: Interval) async throws(IOError) {
        while unsent != nil {
            do throws(IOError) {
                try await stream.waitWritable(until: stream.now + pause)
            } catch {
                giveUp()
                throw error
            }
            _ = try advance()
        }
    }

    private func advance() throws(IOError) -> Bool {
        guard let sending = unsent else { return true }
        let reader = sending.reader
        do throws(IOError) {
            let sent = try stream.write(
                head: sending.head,
                body: reader.buffer ?? sending.tail,
                count: sending.left,
                tail: sending.tail
            )
            guard sent.done else {
                unsent?.left = sent.left
                return false
            }
        } catch {
            giveUp()
            throw error
        }
        bodyBytes &+= sending.piece.count
        reader.finished(sending.piece)
        giveUp()
        return true
    }

    private func giveUp() {
        if let unsent { buffers.give(unsent.tail) }
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
