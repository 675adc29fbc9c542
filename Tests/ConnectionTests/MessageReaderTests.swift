import Bytes
import Connection
import Glibc
import HTTP
import IO
import Support
import Testing
import Time

/// Reads a body from one end of a socket pair whose other end a test writes to.
actor Reading: LoopActor {
    nonisolated let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// What came of a body: its bytes, how many pieces they came in, what is left behind it.
    struct Outcome: Equatable {
        var body = ""
        var pieces = 0
        var rest = ""
        var error: ConnectionError?
    }

    /// Reads a body that arrives in the given portions, each when the one before is used up.
    func read(_ portions: [String], _ framing: Framing) async throws -> Outcome {
        let pair = try ByteStream.socketPair()
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        defer { stream.close() }
        let buffers = BufferPool()
        let reader = MessageReader(stream, buffers: buffers)
        var outcome = Outcome()
        var left = portions[...]
        reader.beginBody(framing, afterHead: 0)
        var isOpen = true
        defer { if isOpen { close(pair.1) } }
        do {
            while !reader.isFinished {
                if let piece = try reader.pieceNow() {
                    take(piece, reader, &outcome)
                } else if let next = left.popFirst() {
                    write(next, to: pair.1)
                    _ = try await reader.fill(until: loop.now + .seconds(5))
                } else {
                    if isOpen { close(pair.1) }
                    isOpen = false
                    let last = try await reader.piece(until: loop.now + .seconds(5))
                    take(last, reader, &outcome)
                }
            }
        } catch let error as ConnectionError {
            outcome.error = error
            return outcome
        } catch let error as HTTPError {
            outcome.error = .malformed(error)
            return outcome
        }
        outcome.rest = text(reader.buffer, reader.buffer?.count ?? 0)
        return outcome
    }

    private func take(
        _ piece: MessageReader.Piece,
        _ reader: MessageReader,
        _ outcome: inout Outcome
    ) {
        outcome.body += text(reader.buffer, piece.count)
        if piece.count > 0 { outcome.pieces += 1 }
        reader.discard(piece)
    }

    private func text(_ buffer: Buffer?, _ count: Int) -> String {
        guard let buffer else { return "" }
        let bytes = buffer.withReadable { bytes in (0..<count).map { bytes[$0] } }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(_ text: String, to descriptor: CInt) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }
}

@Suite struct MessageReaderTests {
    private func read(_ portions: [String], _ framing: Framing) async throws -> Reading.Outcome {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        return try await Reading(loop).read(portions, framing)
    }

    @Test func `lends chunks that are here as one piece`() async throws {
        let text = "5\r\nhello\r\n2;x=y\r\n, \r\n0005\r\nworld\r\n0\r\nTrailer: x\r\n\r\nNEXT"
        let outcome = try await read([text], .chunked)
        #expect(outcome == .init(body: "hello, world", pieces: 1, rest: "NEXT"))
    }

    @Test func `comes to the same body wherever chunks are cut`() async throws {
        let text = "5\r\nhello\r\n2;x=y\r\n, \r\n0005\r\nworld\r\n0\r\nTrailer: x\r\n\r\nNEXT"
        for place in 1..<(text.utf8.count - 4) {
            let bytes = Array(text.utf8)
            let parts = [bytes[..<place], bytes[place...]].map {
                String(decoding: $0, as: UTF8.self)
            }
            let outcome = try await read(parts, .chunked)
            #expect(outcome.body == "hello, world" && outcome.rest == "NEXT", "cut at \(place)")
        }
        let single = text.utf8.dropLast(4).map { String(decoding: [$0], as: UTF8.self) }
        let outcome = try await read(single, .chunked)
        #expect(outcome.body == "hello, world" && outcome.rest == "")
    }

    @Test func `ends a body of known length where it ends`() async throws {
        #expect(try await read(["helloNEXT"], .length(5)).rest == "NEXT")
        #expect(try await read(["he", "l", "lo"], .length(5)).body == "hello")
    }

    @Test func `ends another with the connection`() async throws {
        #expect(try await read(["he", "llo"], .untilClose) == .init(body: "hello", pieces: 2))
        #expect(try await read([], .untilClose) == .init())
    }

    @Test(arguments: [Framing.length(9), .chunked])
    func `tells when a body is cut short`(framing: Framing) async throws {
        #expect(try await read(["5\r\nhe"], framing).error == .incomplete)
    }

    @Test func `refuses chunks that end elsewhere than they say`() async throws {
        let outcome = try await read(["5\r\nhello!\r\n0\r\n\r\n"], .chunked)
        #expect(outcome.error == .malformed(.badChunkEnd))
    }
}
