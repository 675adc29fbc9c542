package import Bytes

/// The shapes a request target can have (RFC 9112 section 3.2).
package enum TargetForm: Sendable {
    /// A path and perhaps a query.
    case origin
    /// A whole URI.
    case absolute
    /// `CONNECT`'s host and port.
    case authority
    /// `OPTIONS *`.
    case asterisk
}

/// The head of a request as ranges into the bytes it was parsed from.
///
/// Meant to be kept with a connection and reused: `parse` until it answers a length, use the
/// ranges, consume the bytes, `reset`. Between two calls of `parse` the bytes may grow but not
/// move away from the span's start.
package struct RequestHead {
    /// Empty lines that a client may send before a request (RFC 9112 section 2.2).
    private static let emptyLinesMax = 4
    private static let methodBytesMax = 32

    /// What is read next.
    private enum Phase {
        case start, method, target, version, fields, done
    }

    package private(set) var method = Method.other
    package private(set) var methodRange = ByteRange.empty
    package private(set) var form = TargetForm.origin
    package private(set) var target = ByteRange.empty
    /// The path as it was sent; empty for `*`, for authority-form, and for an absolute-form target
    /// without one, which means `/`.
    package private(set) var path = ByteRange.empty
    /// What stands behind the target's question mark.
    package private(set) var query: ByteRange?
    /// The host and port the request is for: those of an absolute-form target, else of `Host`;
    /// `nil` only in HTTP/1.0.
    package private(set) var authority: ByteRange?
    /// The parts of `authority`.
    package private(set) var hostAndPort: Authority?
    /// The minor version, 0 or 1; a higher one counts as 1 (RFC 9110 section 2.5).
    package private(set) var minorVersion = 1
    package private(set) var framing = Framing.none
    /// Whether the connection may serve another request after this one.
    package private(set) var keepAlive = false
    /// Whether the client waits for `100 Continue` before it sends the body.
    package private(set) var expectsContinue = false

    private var section = FieldSection()
    private var phase = Phase.start
    private var position = 0
    private var lineStart = 0
    private var emptyLines = 0

    /// Makes an empty head, ready to parse.
    package init() {}

    /// The header fields in the order they came.
    package var fields: [Field] { section.fields }

    /// The names that `Connection` lists, other than `close` and `keep-alive`.
    package var connectionNames: [ByteRange] { section.connectionNames }

    /// The value of the `Host` field, where there is one.
    package var hostFieldRange: ByteRange? { section.host }

    /// Whether there is an `Upgrade` field.
    package var hasUpgrade: Bool { section.hasUpgrade }

    /// Whether a field of this head is for its connection only and must not be forwarded: by its
    /// nature, or because `Connection` lists it (RFC 9110 section 7.6.1).
    ///
    /// `Host` and `Content-Length` cannot be listed away. The bytes are those that were parsed.
    package func isHopByHop(_ field: Field, in bytes: Span<UInt8>) -> Bool {
        section.isHopByHop(field, in: bytes)
    }

    /// Forgets the head, keeping the memory; the next one begins at the start of the next span.
    package mutating func reset() {
        phase = .start
        position = 0
        emptyLines = 0
        query = nil
        path = .empty
        authority = nil
        hostAndPort = nil
    }

    /// Reads on; answers the head's length once it is complete and `nil` as long as it is not.
    ///
    /// The length includes the empty line at the end and skipped empty lines before the request.
    /// - Throws: The first rule that is broken, as soon as its bytes are there.
    package mutating func parse(
        _ bytes: Span<UInt8>,
        limits: HeadLimits = HeadLimits()
    ) throws(HTTPError) -> Int? {
        if phase != .fields {
            if phase == .done { return section.position }
            guard try parseLine(bytes, limits) else { return nil }
        }
        guard try section.parse(bytes, limits) else { return nil }
        try finish(bytes)
        phase = .done
        return section.position
    }

    /// Reads the request line; `false` when it is not complete.
    private mutating func parseLine(
        _ bytes: Span<UInt8>,
        _ limits: HeadLimits
    ) throws(HTTPError) -> Bool {
        var end = lineEnd(bytes, limits)
        switch phase {
        case .start:
            guard try skipEmptyLines(bytes) else { return false }
            end = lineEnd(bytes, limits)
            phase = .method
            fallthrough
        case .method:
            try skipMethod(bytes, end)
            guard position < end else { return try pause(end, limits) }
            methodRange = ByteRange(lineStart, position)
            method = Method(bytes, methodRange)
            position &+= 1
            phase = .target
            fallthrough
        case .target:
            try skipTarget(bytes, end)
            guard position < end else { return try pause(end, limits) }
            target = ByteRange(methodRange.upper &+ 1, position)
            guard !target.isEmpty else { throw .badTarget }
            position &+= 1
            phase = .version
            fallthrough
        case .version:
            guard let minor = try Version.parse(bytes, position, end) else {
                return try pause(end, limits)
            }
            let feed = position &+ Version.length
            guard feed &+ 1 < end else {
                if feed < end, bytes[feed] != Octet.carriageReturn { throw fault(bytes[feed]) }
                return try pause(end, limits)
            }
            guard bytes[feed] == Octet.carriageReturn else { throw fault(bytes[feed]) }
            guard bytes[feed &+ 1] == Octet.lineFeed else { throw .bareCarriageReturn }
            minorVersion = minor
            try readTarget(bytes)
            section.reset(at: feed &+ 2)
            phase = .fields
            return true
        case .fields, .done:
            return true
        }
    }

    private func lineEnd(_ bytes: Span<UInt8>, _ limits: HeadLimits) -> Int {
        min(bytes.count, limits.headBytes, lineStart &+ limits.lineBytes)
    }

    private func fault(_ byte: UInt8) -> HTTPError {
        byte == Octet.lineFeed ? .bareLineFeed : .badVersion
    }

    /// Waits for more bytes, unless the line has outgrown its limit.
    private func pause(_ end: Int, _ limits: HeadLimits) throws(HTTPError) -> Bool {
        if end &- lineStart >= limits.lineBytes || end >= limits.headBytes {
            throw .targetTooLong
        }
        return false
    }

    private mutating func skipEmptyLines(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        while position < bytes.count, bytes[position] == Octet.carriageReturn {
            guard position &+ 1 < bytes.count else { return false }
            guard bytes[position &+ 1] == Octet.lineFeed else { throw .bareCarriageReturn }
            emptyLines &+= 1
            guard emptyLines <= RequestHead.emptyLinesMax else { throw .tooManyEmptyLines }
            position &+= 2
        }
        lineStart = position
        return position < bytes.count
    }

    private mutating func skipMethod(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPError) {
        while position < end, bytes[position] != Octet.space {
            let byte = bytes[position]
            guard Octet.isToken(byte) else {
                throw byte == Octet.lineFeed ? .bareLineFeed : .badMethod
            }
            position &+= 1
            guard position &- lineStart <= RequestHead.methodBytesMax else {
                throw .methodTooLong
            }
        }
        if position < end, position == lineStart { throw .badMethod }
    }

    private mutating func skipTarget(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPError) {
        var index = position
        while index &+ 8 <= end {
            let marks = Word.targetEnds(Word.load(bytes, index))
            if marks != 0 {
                index &+= Word.offset(marks)
                break
            }
            index &+= 8
        }
        while index < end, Octet.isTarget(bytes[index]) { index &+= 1 }
        position = index
        if index < end, bytes[index] != Octet.space {
            throw bytes[index] == Octet.lineFeed ? .bareLineFeed : .badTarget
        }
    }

    /// Draws the conclusions that need the whole head.
    private mutating func finish(_ bytes: Span<UInt8>) throws(HTTPError) {
        if let host = section.host {
            guard let parts = Authority(bytes, host) else { throw .badHost }
            if authority == nil {
                authority = host
                hostAndPort = parts
            }
        } else if minorVersion > 0 {
            throw .missingHost
        }
        framing = try section.signs.request(minorVersion: minorVersion)
        keepAlive = section.isPersistent(minorVersion: minorVersion)
        if section.hasUnknownExpectation { throw .unknownExpectation }
        expectsContinue = section.expectsContinue && minorVersion > 0
    }
}

extension RequestHead {
    /// Tells the target's form and takes it apart.
    private mutating func readTarget(_ bytes: Span<UInt8>) throws(HTTPError) {
        let first = bytes[target.lower]
        if method == .connect {
            guard let parts = Authority(bytes, target), parts.port != nil else {
                throw .badTarget
            }
            form = .authority
            authority = target
            hostAndPort = parts
        } else if first == UInt8(ascii: "/") {
            form = .origin
            split(bytes, from: target.lower)
        } else if first == UInt8(ascii: "*"), target.count == 1 {
            guard method == .options else { throw .badTarget }
            form = .asterisk
        } else {
            try readAbsolute(bytes)
        }
    }

    private mutating func readAbsolute(_ bytes: Span<UInt8>) throws(HTTPError) {
        guard let start = RequestHead.endOfScheme(bytes, target) else { throw .badTarget }
        var end = start
        while end < target.upper, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") {
            end &+= 1
        }
        let range = ByteRange(start, end)
        guard let parts = Authority(bytes, range) else { throw .badHost }
        form = .absolute
        authority = range
        hostAndPort = parts
        split(bytes, from: end)
    }

    /// Where the authority of an `http` or `https` URI begins.
    private static func endOfScheme(_ bytes: Span<UInt8>, _ target: ByteRange) -> Int? {
        let word = Word.load(bytes, target.lower, upTo: target.upper)
        let folded = word | 0x2020_2020_2020_2020
        if folded & Word.mask(7) == Word.literal("http://") { return target.lower &+ 7 }
        if folded == Word.literal("https://") { return target.lower &+ 8 }
        return nil
    }

    private mutating func split(_ bytes: Span<UInt8>, from start: Int) {
        var index = start
        let end = target.upper
        while index &+ 8 <= end {
            let marks = Word.equals(Word.load(bytes, index), UInt8(ascii: "?"))
            if marks != 0 {
                index &+= Word.offset(marks)
                break
            }
            index &+= 8
        }
        while index < end, bytes[index] != UInt8(ascii: "?") { index &+= 1 }
        path = ByteRange(start, index)
        query = index < end ? ByteRange(index &+ 1, end) : nil
    }
}
