package import Bytes

/// The head of a response as ranges into the bytes it was parsed from.
///
/// Kept and reused like `RequestHead`. Every violation is an error: what an upstream garbles is not
/// passed on.
package struct ResponseHead {
    /// What is read next.
    private enum Phase {
        case version, status, reason, lineFeed, fields, done
    }

    package private(set) var status = 0
    /// The reason phrase; it may be empty.
    package private(set) var reason = ByteRange.empty
    /// The minor version, 0 or 1; a higher one counts as 1 (RFC 9110 section 2.5).
    package private(set) var minorVersion = 1
    package private(set) var framing = Framing.none
    /// Whether the connection may carry another request after this response.
    ///
    /// False where a body is announced that cannot be (a 204 with a length): the bytes behind such
    /// a head are nobody's.
    package private(set) var keepAlive = false

    private var section = FieldSection()
    private var phase = Phase.version
    private var position = 0

    /// Makes an empty head, ready to parse.
    package init() {}

    /// The header fields in the order they came.
    package var fields: [Field] { section.fields }

    /// The names that `Connection` lists, other than `close` and `keep-alive`.
    package var connectionNames: [ByteRange] { section.connectionNames }

    /// Whether there is an `Upgrade` field.
    package var hasUpgrade: Bool { section.hasUpgrade }

    /// Whether a field of this head is for its connection only and must not be forwarded: by its
    /// nature, or because `Connection` lists it (RFC 9110 section 7.6.1).
    ///
    /// `Host` and `Content-Length` cannot be listed away. The bytes are those that were parsed.
    package func isHopByHop(_ field: Field, in bytes: Span<UInt8>) -> Bool {
        section.isHopByHop(field, in: bytes)
    }

    /// Whether a further response to the same request follows; 101 is the last one on its
    /// connection (RFC 9110 section 15.2).
    package var isInformational: Bool { status < 200 && status != 101 }

    /// Forgets the head, keeping the memory; the next one begins at the start of the next span.
    package mutating func reset() {
        phase = .version
        position = 0
    }

    /// Reads on; answers the head's length once it is complete and `nil` as long as it is not.
    /// - Throws: The first rule that is broken, as soon as its bytes are there.
    package mutating func parse(
        _ bytes: Span<UInt8>,
        limits: HeadLimits = HeadLimits(),
        answering method: Method
    ) throws(HTTPError) -> Int? {
        if phase != .fields {
            if phase == .done { return section.position }
            guard try parseLine(bytes, limits) else { return nil }
        }
        guard try section.parse(bytes, limits) else { return nil }
        framing = try section.signs.response(
            status: status,
            answering: method,
            minorVersion: minorVersion
        )
        let isStray = Status.forbidsBody(status) && status != 304 && section.signs.announcesBody
        keepAlive =
            section.isPersistent(minorVersion: minorVersion) && framing != .untilClose && !isStray
        phase = .done
        return section.position
    }

    /// Reads the status line; `false` when it is not complete.
    private mutating func parseLine(
        _ bytes: Span<UInt8>,
        _ limits: HeadLimits
    ) throws(HTTPError) -> Bool {
        let end = min(bytes.count, limits.headBytes, limits.lineBytes)
        switch phase {
        case .version:
            guard let minor = try Version.parse(bytes, 0, end) else {
                return try pause(end, limits)
            }
            minorVersion = minor
            position = Version.length
            phase = .status
            fallthrough
        case .status:
            guard try readStatus(bytes, end) else { return try pause(end, limits) }
            phase = .reason
            fallthrough
        case .reason:
            while position < end, Octet.isValue(bytes[position]) { position &+= 1 }
            guard position < end else { return try pause(end, limits) }
            guard bytes[position] == Octet.carriageReturn else {
                throw bytes[position] == Octet.lineFeed ? .bareLineFeed : .badStatusLine
            }
            try checkReason(bytes)
            position &+= 1
            phase = .lineFeed
            fallthrough
        case .lineFeed:
            guard position < end else { return try pause(end, limits) }
            guard bytes[position] == Octet.lineFeed else { throw .bareCarriageReturn }
            section.reset(at: position &+ 1)
            phase = .fields
            return true
        case .fields, .done:
            return true
        }
    }

    /// Waits for more bytes, unless the line has outgrown its limit.
    private func pause(_ end: Int, _ limits: HeadLimits) throws(HTTPError) -> Bool {
        if end >= limits.lineBytes || end >= limits.headBytes { throw .headTooLarge }
        return false
    }

    /// Reads the space and the three digits behind the version.
    private mutating func readStatus(
        _ bytes: Span<UInt8>,
        _ end: Int
    ) throws(HTTPError) -> Bool {
        let start = Version.length
        if position == start { status = 0 }
        while position < start &+ 4 {
            guard position < end else { return false }
            let byte = bytes[position]
            if position == start {
                guard byte == Octet.space else { throw .badStatusLine }
            } else {
                guard byte &- 0x30 < 10 else { throw .badStatusLine }
                status = status &* 10 &+ Int(byte &- 0x30)
            }
            position &+= 1
        }
        guard status >= 100 else { throw .badStatusLine }
        return true
    }

    /// Checks the space before the reason; a server may leave out both (RFC 9112 section 4 wants
    /// the space, several do without, and nothing hangs on it).
    private mutating func checkReason(_ bytes: Span<UInt8>) throws(HTTPError) {
        let start = Version.length &+ 4
        if position == start {
            reason = .empty
            return
        }
        guard bytes[start] == Octet.space else { throw .badStatusLine }
        reason = ByteRange(start &+ 1, position)
    }
}
