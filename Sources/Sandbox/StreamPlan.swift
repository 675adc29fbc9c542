/// A body that is sent in pieces over time, described without holding it.
package struct StreamPlan: Sendable, Equatable {
    /// What the pieces are made of.
    package enum Content: Sendable, Equatable {
        /// This many bytes in pieces of `piece`; byte number `i` is `i` modulo 256.
        case counting(total: Int, piece: Int)
        /// Server-sent events, each with its number.
        case events(count: Int)
        /// A body in memory in pieces of `piece` bytes, with spaces behind it up to `total` bytes.
        case body([UInt8], piece: Int, total: Int)
    }

    package var content: Content
    /// How long to wait before the first piece; the head goes out at once.
    package var firstDelay: Duration
    /// How long to wait before each later piece.
    package var interval: Duration
    /// Whether to send the body chunked though its length is known.
    package var isChunked: Bool

    /// Makes a plan.
    package init(
        _ content: Content,
        firstDelay: Duration = .zero,
        interval: Duration = .zero,
        isChunked: Bool = false
    ) {
        self.content = content
        self.firstDelay = firstDelay
        self.interval = interval
        self.isChunked = isChunked
    }

    /// The body's length in bytes; `nil` if it must be sent chunked.
    package var contentLength: Int? {
        guard !isChunked else { return nil }
        switch content {
        case .counting(let total, _): return total
        case .events: return nil
        case .body(_, _, let total): return total
        }
    }

    /// The pieces, one after the other.
    package func pieces() -> Pieces {
        Pieces(self)
    }

    /// A piece of a body and how long to wait before it is sent.
    package struct Piece: Sendable, Equatable {
        package let wait: Duration
        package let bytes: [UInt8]
    }

    /// Makes a plan's pieces, one at a time.
    package struct Pieces: IteratorProtocol, Sequence, Sendable {
        /// The most bytes of a piece.
        static let pieceMax = 65_536
        private let plan: StreamPlan
        /// Bytes, or events, so far.
        private var done = 0
        /// The last piece's bytes, for plans whose pieces are all alike.
        private var kept: [UInt8] = []

        fileprivate init(_ plan: StreamPlan) {
            self.plan = plan
        }

        /// The next piece; `nil` behind the last one.
        package mutating func next() -> Piece? {
            let wait = done == 0 ? plan.firstDelay : plan.interval
            switch plan.content {
            case .counting(let total, let piece):
                let count = size(of: piece, left: total - done)
                guard count > 0 else { return nil }
                return Piece(wait: wait, bytes: counting(count))
            case .events(let count):
                guard done < count else { return nil }
                done += 1
                let text = "id: \(done)\nevent: tick\ndata: {\"number\":\(done)}\n\n"
                return Piece(wait: wait, bytes: Array(text.utf8))
            case .body(let body, let piece, let total):
                let count = size(of: piece, left: total - done)
                guard count > 0 else { return nil }
                let start = Swift.min(done, body.count)
                done += count
                guard start < body.count else { return Piece(wait: wait, bytes: spaces(count)) }
                let bytes = Array(body[start..<Swift.min(start + count, body.count)])
                return Piece(wait: wait, bytes: bytes + spaces(count - bytes.count))
            }
        }

        private func size(of piece: Int, left: Int) -> Int {
            Swift.min(Swift.max(1, Swift.min(piece, Pieces.pieceMax)), left)
        }

        /// Spaces behind a body; the array is shared while pieces have one length.
        private mutating func spaces(_ count: Int) -> [UInt8] {
            if kept.count != count { kept = Array(repeating: UInt8(ascii: " "), count: count) }
            return kept
        }

        /// Bytes that go on counting; the array is shared while pieces start at a multiple of 256.
        private mutating func counting(_ count: Int) -> [UInt8] {
            let start = done % 256
            if kept.count != count || kept.first != UInt8(start) {
                kept = (0..<count).map { UInt8(truncatingIfNeeded: start + $0) }
            }
            done += count
            return kept
        }
    }
}
