internal import Time
package import Bytes
internal import HTTP
package import IO

/// Sends one message: its head together with the first piece of its body, then the rest.
package final class BodyWriter {
    package let stream: ByteStream
    private let buffers: BufferPool
    private var isChunked = false
    /// How many bytes of bodies have been sent, for logs.
    package private(set) var bodyBytes = 0

    package init(_ stream: ByteStream, buffers: BufferPool) {
        self.stream = stream
        self.buffers = buffers
    }

    /// Begins a message whose body is framed like this on the wire.
    package func begin(chunked: Bool) {
        isChunked = chunked
    }

    /// Sends what is in `head`, then the front of the reader's buffer that the piece names.
    ///
    /// - Parameters:
    ///   - head: what goes before; emptied.
    ///   - pause: the longest wait for the peer to take more.
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func send(
        head: Buffer,
        piece: MessageReader.Piece,
        of reader: MessageReader,
        pause: Duration
    ) async throws(IOError) {
        let tail = buffers.take()
        if isChunked {
            if piece.count > 0 {
                head.append(hex: piece.count)
                head.append("\r\n")
                tail.append("\r\n")
            }
            if piece.isLast { tail.append("0\r\n\r\n") }
        }
        let body = reader.buffer ?? tail
        var left = reader.buffer == nil ? 0 : piece.count
        do throws(IOError) {
            while true {
                let sent = try stream.write(head: head, body: body, count: left, tail: tail)
                if sent.done { break }
                left = sent.left
                try await stream.waitWritable(until: stream.now + pause)
            }
        } catch {
            buffers.give(tail)
            throw error
        }
        bodyBytes &+= piece.count
        reader.finished(piece)
        buffers.give(tail)
    }

    /// Sends a buffer as it is.
    ///
    /// - Throws: `timedOut` when the peer took nothing for `pause`, `closed`, `cancelled`.
    package func send(_ buffer: Buffer, pause: Duration) async throws(IOError) {
        while try !stream.write(from: buffer) {
            try await stream.waitWritable(until: stream.now + pause)
        }
    }
}
