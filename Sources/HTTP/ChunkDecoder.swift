package import Bytes

/// What a decoder found next in a chunked body; `consumed` counts from the span's start.
package enum ChunkEvent: Equatable, Sendable {
    /// These bytes belong to the body.
    case data(ByteRange, consumed: Int)
    /// All bytes were read and the body goes on.
    case needMore(consumed: Int)
    /// The body is complete, its trailer section included.
    case end(consumed: Int)
}

/// Takes a chunked body apart (RFC 9112 section 7.1).
///
/// Chunk extensions and trailer fields are checked and dropped: nobody downstream is to act on
/// fields that came after the decision to forward.
package struct ChunkDecoder: Sendable {
    /// The most bytes that all chunk extensions of a body may have.
    private static let extensionBytesMax = 16_384
    /// The most bytes and lines of a trailer section.
    private static let trailerBytesMax = 16_384
    private static let trailerLinesMax = 100

    /// What the next byte belongs to.
    private enum State {
        case size, extensionName, extensionNameRest, extensionValue, extensionToken, quoted, escaped
        case quotedEnd, sizeLineFeed
        case data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed, end
    }

    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerLines = 0

    /// Makes a decoder that stands before the first chunk.
    package init() {}

    /// Whether the body is complete.
    package var isComplete: Bool { state == .end }

    /// Reads on until there is something to say.
    ///
    /// Call it again with the bytes behind `consumed`; nothing that was consumed is needed again.
    /// - Throws: The first rule that is broken; the decoder is of no use after that.
    package mutating func next(_ bytes: Span<UInt8>) throws(HTTPError) -> ChunkEvent {
        var index = 0
        while index < bytes.count {
            if state == .data {
                let length = min(remaining, bytes.count &- index)
                remaining &-= length
                if remaining == 0 { state = .dataReturn }
                let end = index &+ length
                return .data(ByteRange(index, end), consumed: end)
            }
            if state == .end { return .end(consumed: index) }
            try take(bytes[index])
            index &+= 1
        }
        return state == .end ? .end(consumed: index) : .needMore(consumed: index)
    }

    /// Takes one byte of what frames the data.
    @inline(__always)
    private mutating func take(_ byte: UInt8) throws(HTTPError) {
        switch state {
        case .size:
            try takeSize(byte)
        case .sizeLineFeed:
            try expect(byte, Octet.lineFeed, .bareCarriageReturn)
            state = remaining > 0 ? .data : .trailerStart
            digits = 0
        case .dataReturn:
            try expect(byte, Octet.carriageReturn, .badChunkEnd)
            state = .dataLineFeed
        case .dataLineFeed:
            try expect(byte, Octet.lineFeed, .badChunkEnd)
            state = .size
            remaining = 0
        case .extensionName, .extensionNameRest, .extensionValue, .extensionToken, .quoted,
            .escaped, .quotedEnd:
            try takeExtension(byte)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed:
            try takeTrailer(byte)
        case .lastLineFeed:
            try expect(byte, Octet.lineFeed, .bareCarriageReturn)
            state = .end
        case .data, .end:
            break
        }
    }

    private func expect(
        _ byte: UInt8,
        _ wanted: UInt8,
        _ fault: HTTPError
    ) throws(HTTPError) {
        if byte != wanted { throw fault }
    }

    /// Reads a size of 1 to 16 digits that fits a signed word.
    private mutating func takeSize(_ byte: UInt8) throws(HTTPError) {
        if let digit = ASCII.hexValue(byte) {
            guard digits < 16, remaining <= Int.max &>> 4 else { throw .badChunkSize }
            remaining = remaining &<< 4 | Int(digit)
            digits &+= 1
            return
        }
        guard digits > 0 else { throw .badChunkSize }
        switch byte {
        case Octet.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensionName
        case Octet.lineFeed: throw .bareLineFeed
        default: throw .badChunkSize
        }
    }
}

extension ChunkDecoder {
    /// Checks `;name=value` without white space around its parts, which RFC 9112 calls bad.
    private mutating func takeExtension(_ byte: UInt8) throws(HTTPError) {
        extensionBytes &+= 1
        guard extensionBytes <= ChunkDecoder.extensionBytesMax else {
            throw .chunkExtensionsTooLong
        }
        if byte == Octet.lineFeed { throw .bareLineFeed }
        switch state {
        case .extensionName, .extensionValue:
            if state == .extensionValue, byte == UInt8(ascii: "\"") {
                state = .quoted
            } else {
                guard Octet.isToken(byte) else { throw .badChunkExtension }
                state = state == .extensionName ? .extensionNameRest : .extensionToken
            }
        case .extensionNameRest where byte == UInt8(ascii: "="):
            state = .extensionValue
        case .extensionNameRest, .extensionToken:
            if !Octet.isToken(byte) { try endExtension(byte) }
        case .quoted:
            guard Octet.isValue(byte) else { throw .badChunkExtension }
            if byte == UInt8(ascii: "\"") { state = .quotedEnd }
            if byte == UInt8(ascii: "\\") { state = .escaped }
        case .escaped:
            guard Octet.isValue(byte) else { throw .badChunkExtension }
            state = .quoted
        case .quotedEnd:
            try endExtension(byte)
        case .size, .sizeLineFeed, .data, .dataReturn, .dataLineFeed, .trailerStart, .trailerName,
            .trailerValue, .trailerLineFeed, .lastLineFeed, .end:
            break
        }
    }

    private mutating func endExtension(_ byte: UInt8) throws(HTTPError) {
        switch byte {
        case Octet.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensionName
        default: throw .badChunkExtension
        }
    }

    /// Checks the trailer section as a header section is checked.
    private mutating func takeTrailer(_ byte: UInt8) throws(HTTPError) {
        trailerBytes &+= 1
        guard trailerBytes <= ChunkDecoder.trailerBytesMax else { throw .trailersTooLarge }
        switch state {
        case .trailerStart:
            if byte == Octet.carriageReturn {
                state = .lastLineFeed
                return
            }
            trailerLines &+= 1
            guard trailerLines <= ChunkDecoder.trailerLinesMax else { throw .trailersTooLarge }
            guard Octet.isToken(byte) else { throw nameFault(byte, first: true) }
            state = .trailerName
        case .trailerName:
            if byte == Octet.colon {
                state = .trailerValue
            } else if !Octet.isToken(byte) {
                throw nameFault(byte, first: false)
            }
        case .trailerValue:
            if byte == Octet.carriageReturn {
                state = .trailerLineFeed
            } else if !Octet.isValue(byte) {
                throw byte == Octet.lineFeed ? .bareLineFeed : .controlByte
            }
        case .trailerLineFeed:
            try expect(byte, Octet.lineFeed, .bareCarriageReturn)
            state = .trailerStart
        case .size, .extensionName, .extensionNameRest, .extensionValue, .extensionToken, .quoted,
            .escaped, .quotedEnd, .sizeLineFeed, .data, .dataReturn, .dataLineFeed, .lastLineFeed,
            .end:
            break
        }
    }

    private func nameFault(_ byte: UInt8, first: Bool) -> HTTPError {
        switch byte {
        case Octet.space, Octet.tab: first ? .foldedLine : .spaceBeforeColon
        case Octet.lineFeed: .bareLineFeed
        case Octet.carriageReturn: .missingColon
        default: .badFieldName
        }
    }
}
