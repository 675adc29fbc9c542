package import Bytes

/// The header lines of a head, parsed as they arrive.
///
/// Every byte is looked at once, however the head is cut into pieces, so that a slow drip costs no
/// more than one gulp and has the same outcome, errors included. The arrays keep their memory from
/// one head to the next.
package struct FieldSection {
    /// Names that `Connection` may list: each is compared with each field later.
    private static let connectionNamesMax = 64

    /// What is read next.
    private enum Phase {
        case lineStart, name, beforeValue, value, lineFeed, lastLineFeed
    }

    package private(set) var fields: [Field] = []
    package private(set) var connectionNames: [ByteRange] = []
    /// The value of the `Host` field.
    private(set) var host: ByteRange?
    private(set) var signs = BodySigns()
    private(set) var closes = false
    private(set) var keepsAlive = false
    private(set) var hasUpgrade = false
    private(set) var expectsContinue = false
    private(set) var hasUnknownExpectation = false

    /// How far the head was read.
    private(set) var position = 0
    private var phase = Phase.lineStart
    private var lineStart = 0
    private var nameEnd = 0
    private var valueStart = 0
    private var nameHasUnderscore = false

    init() {
        fields.reserveCapacity(32)
    }

    /// Begins a section at an offset, keeping the arrays' memory.
    mutating func reset(at offset: Int) {
        fields.removeAll(keepingCapacity: true)
        connectionNames.removeAll(keepingCapacity: true)
        host = nil
        signs = BodySigns()
        closes = false
        keepsAlive = false
        hasUpgrade = false
        expectsContinue = false
        hasUnknownExpectation = false
        position = offset
        lineStart = offset
        phase = .lineStart
    }

    /// Reads on to the empty line; `false` when it has not arrived yet.
    mutating func parse(
        _ bytes: Span<UInt8>,
        _ limits: HeadLimits
    ) throws(HTTPError) -> Bool {
        var index = position
        while true {
            let end = min(bytes.count, limits.headBytes, lineStart &+ limits.lineBytes)
            switch phase {
            case .lineStart:
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                if bytes[index] == Octet.carriageReturn {
                    index &+= 1
                    phase = .lastLineFeed
                    continue
                }
                nameHasUnderscore = false
                phase = .name
                fallthrough
            case .name:
                index = try skipName(bytes, index, end)
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                nameEnd = index
                index &+= 1
                phase = .beforeValue
                fallthrough
            case .beforeValue:
                while index < end, Octet.isSpace(bytes[index]) { index &+= 1 }
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                valueStart = index
                phase = .value
                fallthrough
            case .value:
                index = try FieldSection.skipValue(bytes, index, end)
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                index &+= 1
                phase = .lineFeed
                fallthrough
            case .lineFeed:
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                guard bytes[index] == Octet.lineFeed else { throw .bareCarriageReturn }
                try addField(bytes, valueEnd: index &- 1, limits)
                index &+= 1
                lineStart = index
                phase = .lineStart
            case .lastLineFeed:
                guard index < end else { return try pause(at: index, end, bytes, limits) }
                guard bytes[index] == Octet.lineFeed else { throw .bareCarriageReturn }
                position = index &+ 1
                return true
            }
        }
    }

    /// Remembers how far the bytes went, or refuses what has outgrown a limit without ending.
    private mutating func pause(
        at index: Int,
        _ end: Int,
        _ bytes: Span<UInt8>,
        _ limits: HeadLimits
    ) throws(HTTPError) -> Bool {
        position = index
        if end &- lineStart >= limits.lineBytes { throw .fieldTooLong }
        if end >= limits.headBytes { throw .headTooLarge }
        return false
    }

    /// Passes over a field name to its colon, or to the end of the bytes.
    @inline(__always)
    private mutating func skipName(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(HTTPError) -> Int {
        var index = start
        while index < end {
            let byte = bytes[index]
            if !Octet.isLetterOrHyphen(byte) {
                if byte == Octet.colon { break }
                guard Octet.isToken(byte) else { throw nameFault(byte, at: index) }
                if byte == Octet.underscore { nameHasUnderscore = true }
            }
            index &+= 1
        }
        if index == lineStart, index < end { throw .badFieldName }
        return index
    }

    private func nameFault(_ byte: UInt8, at index: Int) -> HTTPError {
        switch byte {
        case Octet.space, Octet.tab: index == lineStart ? .foldedLine : .spaceBeforeColon
        case Octet.lineFeed: .bareLineFeed
        case Octet.carriageReturn: .missingColon
        default: .badFieldName
        }
    }

    /// Passes over a field value to its carriage return, or to the end of the bytes.
    @inline(__always)
    private static func skipValue(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(HTTPError) -> Int {
        var index = start
        while true {
            while index &+ 8 <= end {
                let marks = Word.controls(Word.load(bytes, index))
                if marks != 0 {
                    index &+= Word.offset(marks)
                    break
                }
                index &+= 8
            }
            while index < end, Octet.isValue(bytes[index]) { index &+= 1 }
            guard index < end else { return index }
            switch bytes[index] {
            case Octet.carriageReturn: return index
            case Octet.lineFeed: throw .bareLineFeed
            default: throw .controlByte
            }
        }
    }

    @inline(__always)
    private mutating func addField(
        _ bytes: Span<UInt8>,
        valueEnd: Int,
        _ limits: HeadLimits
    ) throws(HTTPError) {
        guard fields.count < limits.fieldCount else { throw .tooManyFields }
        var end = valueEnd
        while end > valueStart, Octet.isSpace(bytes[end &- 1]) { end &-= 1 }
        let name = ByteRange(lineStart, nameEnd)
        let value = ByteRange(valueStart, end)
        let id = FieldID(bytes, name, hasUnderscore: nameHasUnderscore)
        fields.append(Field(name: name, value: value, id: id))
        if id.rawValue <= FieldID.expect.rawValue { try note(id, bytes, value) }
    }

    /// Draws the consequences of the fields that steer the connection or the body.
    private mutating func note(
        _ id: FieldID,
        _ bytes: Span<UInt8>,
        _ value: ByteRange
    ) throws(HTTPError) {
        if id == .host {
            guard host == nil else { throw .repeatedHost }
            host = value
        } else if id == .contentLength {
            try signs.addLength(bytes, value)
        } else if id == .transferEncoding {
            try signs.addTransferEncoding(bytes, value)
        } else if id == .connection {
            try addConnection(bytes, value)
        } else if id == .upgrade {
            hasUpgrade = true
        } else if id == .expect {
            if FieldSection.equals(bytes, value, "100-continue") {
                expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        }
    }

    /// Reads the list of a `Connection` field; empty elements are allowed, anything else but tokens
    /// is not (RFC 9110 sections 5.6.1 and 7.6.1).
    private mutating func addConnection(
        _ bytes: Span<UInt8>,
        _ value: ByteRange
    ) throws(HTTPError) {
        var index = value.lower
        while index < value.upper {
            let byte = bytes[index]
            if byte == Octet.comma || Octet.isSpace(byte) {
                index &+= 1
                continue
            }
            let start = index
            while index < value.upper, Octet.isToken(bytes[index]) { index &+= 1 }
            let name = ByteRange(start, index)
            guard !name.isEmpty else { throw .badConnection }
            while index < value.upper, Octet.isSpace(bytes[index]) { index &+= 1 }
            guard index == value.upper || bytes[index] == Octet.comma else {
                throw .badConnection
            }
            if FieldSection.equals(bytes, name, "close") {
                closes = true
            } else if FieldSection.equals(bytes, name, "keep-alive") {
                keepsAlive = true
            } else {
                guard connectionNames.count < FieldSection.connectionNamesMax else {
                    throw .badConnection
                }
                connectionNames.append(name)
            }
        }
    }

    private static func equals(
        _ bytes: Span<UInt8>,
        _ range: ByteRange,
        _ word: StaticString
    ) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        var index = 0
        while index < range.count {
            let letter = unsafe word.utf8Start[index]
            if ASCII.lowercased(bytes[range.lower &+ index]) != letter { return false }
            index &+= 1
        }
        return true
    }

    /// Whether a field is for this connection only, by its nature or because `Connection` lists it.
    func isHopByHop(_ field: Field, in bytes: Span<UInt8>) -> Bool {
        if field.id.isHopByHop { return true }
        if connectionNames.isEmpty || field.id == .host || field.id == .contentLength {
            return false
        }
        return connectionNames.contains { FieldSection.same(bytes, $0, field.name) }
    }

    private static func same(_ bytes: Span<UInt8>, _ one: ByteRange, _ other: ByteRange) -> Bool {
        guard one.count == other.count else { return false }
        var index = 0
        while index < one.count {
            let left = ASCII.lowercased(bytes[one.lower &+ index])
            if left != ASCII.lowercased(bytes[other.lower &+ index]) { return false }
            index &+= 1
        }
        return true
    }

    /// Whether the connection outlives the message (RFC 9112 section 9.3).
    func isPersistent(minorVersion: Int) -> Bool {
        !closes && (minorVersion > 0 || keepsAlive)
    }
}
