internal import Time
import Bytes
import Connection
import HTTP
import IO

/// Plays replies on one connection: waits, answers whole or in pieces, breaks off.
final class ReplyPlayer {
    /// How long a caller may take nothing.
    private static let pause = Duration.seconds(600)

    private let stream: ByteStream
    private let reader: RequestReader
    private let loop: EventLoop
    private let buffer = Buffer(capacity: 4096)

    /// Plays on a stream; the reader notices when the caller goes away meanwhile.
    init(_ stream: ByteStream, reader: RequestReader, on loop: EventLoop) {
        self.stream = stream
        self.reader = reader
        self.loop = loop
    }

    /// Plays a reply; answers whether the connection may serve another request after it.
    ///
    /// `date` is the value of the `Date` field. It fails with an `IOError` when the caller went away
    /// or the sandbox stops.
    func play(
        _ playback: Playback,
        to received: ReceivedRequest,
        date: String
    ) async throws(IOError) -> Bool {
        try await reader.wait(until: loop.now + playback.start)
        switch playback.kind {
        case .never:
            try await reader.wait(until: .never)
            return false
        case .close:
            return false
        case .reset:
            stream.abort()
            return false
        case .answer(let head, let contentLength, let plan, let isWhole):
            let hasBody = received.method != .head && !Status.forbidsBody(head.status)
            let isChunked = contentLength == nil && received.knowsChunks
            let keepAlive =
                received.keepAlive && isWhole
                && (contentLength != nil || isChunked || !hasBody)
            buffer.clear()
            writeHead(head, contentLength, isChunked, keepAlive, date)
            if hasBody {
                try await send(plan, isChunked: isChunked, isWhole: isWhole)
            }
            try await flush()
            return keepAlive
        }
    }

    /// Answers a request that could not be read; the connection must then be closed.
    ///
    /// - Throws: `IOError` when the caller went away.
    func refuse(_ error: HTTPError, date: String) async throws(IOError) {
        let response = Response.refusal(error.status, "malformed", error.message)
        buffer.clear()
        writeHead(response, response.body.count, false, false, date)
        buffer.append(response.body)
        try await flush()
        stream.finishSending()
    }

    private func send(
        _ plan: StreamPlan,
        isChunked: Bool,
        isWhole: Bool
    ) async throws(IOError) {
        for piece in plan.pieces() {
            if piece.wait > .zero {
                try await flush()
                try await reader.wait(until: loop.now + piece.wait)
            }
            if isChunked { buffer.appendChunkHeader(size: piece.bytes.count) }
            buffer.append(piece.bytes)
            if isChunked { buffer.appendLineEnd() }
            if buffer.count >= StreamPlan.Pieces.pieceMax { try await flush() }
        }
        if isChunked && isWhole { buffer.appendLastChunk() }
    }

    private func flush() async throws(IOError) {
        try await stream.drain(buffer, until: loop.now + Self.pause)
    }

    private func writeHead(
        _ head: Response,
        _ contentLength: Int?,
        _ isChunked: Bool,
        _ keepAlive: Bool,
        _ date: String
    ) {
        buffer.appendStatusLine(head.status)
        for field in head.fields {
            // All of them were checked, or are our own; one that cannot be sent is left out.
            try? buffer.appendChecked(name: field.name, value: field.value)
        }
        try? buffer.appendChecked(name: "Date", value: date)
        if !Status.forbidsBody(head.status) {
            if let contentLength {
                buffer.appendContentLength(contentLength)
            } else if isChunked {
                buffer.append("Transfer-Encoding: chunked\r\n")
            }
        }
        if !keepAlive { buffer.append("Connection: close\r\n") }
        buffer.appendLineEnd()
    }
}
