import Bytes
import HTTP

/// What became of a message: its length, body and version, or the rule it broke.
struct Outcome: Equatable, CustomStringConvertible {
    var fault: HTTPError?
    var targetFault: TargetCheck.Fault?
    var isComplete = false
    var headLength = 0
    var body: [UInt8] = []
    var consumed = 0
    var fields: [Field] = []

    var isAccepted: Bool { fault == nil && targetFault == nil && isComplete }

    var description: String {
        "\(isComplete ? "complete" : "incomplete") \(String(describing: fault)) "
            + "\(String(describing: targetFault)) head \(headLength) body \(body.count) "
            + "consumed \(consumed) fields \(fields.count)"
    }

    /// Feeds a message in pieces that end at the given offsets.
    static func of(_ message: [UInt8], isResponse: Bool, cuts: [Int]) -> Outcome {
        let buffer = Buffer(capacity: 64)
        var reader = MessageReader(isResponse: isResponse)
        var start = 0
        for end in cuts + [message.count] {
            buffer.append(Array(message[start..<end]))
            start = end
            reader.read(buffer)
        }
        return reader.outcome
    }
}

/// Reads one message from a buffer, as a connection does.
struct MessageReader {
    var outcome = Outcome()
    private let isResponse: Bool
    private var request = RequestHead()
    private var response = ResponseHead()
    private var chunks = ChunkDecoder()
    private var framing: Framing?

    init(isResponse: Bool) {
        self.isResponse = isResponse
    }

    mutating func read(_ buffer: Buffer) {
        guard outcome.fault == nil, !outcome.isComplete else { return }
        do throws(HTTPError) {
            if framing == nil {
                guard let length = try readHead(buffer) else { return }
                buffer.consume(length)
                outcome.headLength = length
                outcome.consumed = length
            }
            try readBody(buffer)
        } catch {
            outcome.fault = error
            // How much of a broken message was consumed before it showed means nothing.
            outcome.consumed = 0
        }
    }

    private mutating func readHead(_ buffer: Buffer) throws(HTTPError) -> Int? {
        if isResponse {
            guard
                let length = try buffer.withReadable({ bytes throws(HTTPError) in
                    try response.parse(bytes, answering: .get)
                })
            else { return nil }
            framing = response.framing
            outcome.fields = response.fields
            return length
        }
        guard
            let length = try buffer.withReadable({ bytes throws(HTTPError) in
                try request.parse(bytes)
            })
        else { return nil }
        framing = request.framing
        outcome.fields = request.fields
        outcome.targetFault = buffer.withReadable { bytes in
            TargetCheck.verify(bytes, path: request.path, encodedSlash: .refuse)
                ?? request.query.flatMap { TargetCheck.verify(bytes, query: $0) }
        }
        return length
    }

    private mutating func readBody(_ buffer: Buffer) throws(HTTPError) {
        switch framing {
        case nil, .some(.none), .untilClose:
            outcome.isComplete = true
        case .length(let length):
            let count = min(buffer.count, length - outcome.body.count)
            outcome.body += buffer.withReadable { bytes in (0..<count).map { bytes[$0] } }
            buffer.consume(count)
            outcome.consumed += count
            outcome.isComplete = outcome.body.count == length
        case .chunked:
            try readChunks(buffer)
        }
    }

    private mutating func readChunks(_ buffer: Buffer) throws(HTTPError) {
        while true {
            let event = try buffer.withReadable { bytes throws(HTTPError) in
                try chunks.next(bytes)
            }
            switch event {
            case .data(let range, let consumed):
                outcome.body += buffer.withReadable { bytes in
                    (range.lower..<range.upper).map { bytes[$0] }
                }
                buffer.consume(consumed)
                outcome.consumed += consumed
            case .needMore(let consumed):
                buffer.consume(consumed)
                outcome.consumed += consumed
                return
            case .end(let consumed):
                buffer.consume(consumed)
                outcome.consumed += consumed
                outcome.isComplete = true
                return
            }
        }
    }
}
