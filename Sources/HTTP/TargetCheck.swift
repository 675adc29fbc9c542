package import Bytes

/// The rules for paths that would be read differently further on.
///
/// What passes is forwarded byte for byte; what a receiver could turn into another path is refused.
package enum TargetCheck {
    /// What a route does with an encoded slash, which some providers have in their identifiers.
    package enum EncodedSlash: Sendable {
        case pass, refuse
    }

    /// Why a target is refused.
    package enum Fault: Sendable, Equatable {
        case controlByte, backslash, fragment, malformedEscape, encodedNull, encodedBackslash
        case encodedSlash, dotSegment

        /// One sentence for the caller.
        package var message: String {
            switch self {
            case .controlByte: "The path holds a byte that is not visible ASCII."
            case .backslash, .encodedBackslash: "The path holds a backslash."
            case .fragment: "The target holds a fragment."
            case .malformedEscape: "The path holds a malformed escape."
            case .encodedNull: "The path holds an encoded null byte."
            case .encodedSlash: "The path holds an encoded slash."
            case .dotSegment: "The path holds a dot segment."
            }
        }
    }

    /// Checks a path; `nil` means that it may be used.
    ///
    /// Dot segments are looked for in the path as it is, decoded once and decoded twice; `;`, `/`
    /// and `\`, however they came about, end a segment.
    package static func verify(
        _ bytes: Span<UInt8>,
        path: ByteRange,
        encodedSlash: EncodedSlash
    ) -> Fault? {
        guard path.upper <= bytes.count else { return .controlByte }
        var isPlain = true
        var before = slash
        var index = path.lower
        while index < path.upper {
            let byte = bytes[index]
            if !Octet.isTarget(byte) {
                return byte == UInt8(ascii: "#") ? .fragment : .controlByte
            }
            if byte == UInt8(ascii: "\\") { return .backslash }
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: ".") && before == slash {
                isPlain = false
            }
            before = byte
            index &+= 1
        }
        return isPlain ? nil : verifyEscapes(bytes, path, encodedSlash)
    }

    /// Checks a query; `nil` means that it may be used.
    ///
    /// A query is data: escapes are left alone but for the null byte, which no receiver wants.
    package static func verify(_ bytes: Span<UInt8>, query: ByteRange) -> Fault? {
        guard query.upper <= bytes.count else { return .controlByte }
        var index = query.lower
        while index < query.upper {
            let byte = bytes[index]
            if !Octet.isTarget(byte) {
                return byte == UInt8(ascii: "#") ? .fragment : .controlByte
            }
            if byte == UInt8(ascii: "\\") { return .backslash }
            if byte == UInt8(ascii: "%"), escape(bytes, index, query.upper) == 0 {
                return .encodedNull
            }
            index &+= 1
        }
        return nil
    }

    private static let slash = UInt8(ascii: "/")

    private static func verifyEscapes(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        _ encodedSlash: EncodedSlash
    ) -> Fault? {
        var index = path.lower
        while index < path.upper {
            if bytes[index] == UInt8(ascii: "%") {
                switch escape(bytes, index, path.upper) {
                case nil: return .malformedEscape
                case 0: return .encodedNull
                case UInt8(ascii: "\\"): return .encodedBackslash
                case slash where encodedSlash == .refuse: return .encodedSlash
                case .some: break
                }
                index &+= 2
            }
            index &+= 1
        }
        for depth in 0...2 where hasDotSegment(bytes, path, depth) { return .dotSegment }
        return nil
    }

    /// The byte that an escape at an offset stands for.
    private static func escape(_ bytes: Span<UInt8>, _ index: Int, _ end: Int) -> UInt8? {
        guard index &+ 2 < end, let high = ASCII.hexValue(bytes[index &+ 1]),
            let low = ASCII.hexValue(bytes[index &+ 2])
        else { return nil }
        return high &<< 4 | low
    }

    /// Whether a path, decoded so many times, has a segment `.` or `..`.
    private static func hasDotSegment(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        _ depth: Int
    ) -> Bool {
        var reader = EscapeReader(index: path.lower, end: path.upper)
        var dots = 0
        var isDotted = true
        while let byte = reader.next(bytes, depth) {
            switch byte {
            case slash, UInt8(ascii: "\\"):
                if isDotted && dots > 0 { return true }
                dots = 0
                isDotted = true
            case UInt8(ascii: ";"):
                if isDotted && dots > 0 { return true }
                isDotted = false
            case UInt8(ascii: "."):
                dots &+= 1
                if dots > 2 { isDotted = false }
            default:
                isDotted = false
            }
        }
        return isDotted && dots > 0
    }
}

/// Reads a path byte by byte, with its escapes decoded none, one or two times.
private struct EscapeReader {
    var index: Int
    let end: Int

    mutating func next(_ bytes: Span<UInt8>, _ depth: Int) -> UInt8? {
        if depth == 0 {
            guard index < end else { return nil }
            index &+= 1
            return bytes[index &- 1]
        }
        guard let byte = next(bytes, depth &- 1) else { return nil }
        guard byte == UInt8(ascii: "%") else { return byte }
        var ahead = self
        guard let high = ahead.next(bytes, depth &- 1).flatMap(ASCII.hexValue),
            let low = ahead.next(bytes, depth &- 1).flatMap(ASCII.hexValue)
        else { return byte }
        self = ahead
        return high &<< 4 | low
    }
}
