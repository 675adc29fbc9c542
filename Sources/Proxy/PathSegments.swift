internal import Bytes
internal import HTTP

/// The segments of a path, as names and patterns are compared with them: decoded once.
enum PathSegments {
    /// Takes the first segment off a rest that begins with a slash; `nil` when there is none.
    static func first(of rest: inout ByteRange, in bytes: Span<UInt8>) -> ByteRange? {
        guard rest.count > 0, rest.upper <= bytes.count, bytes[rest.lower] == slash else {
            return nil
        }
        let start = rest.lower &+ 1
        var end = start
        while end < rest.upper, bytes[end] != slash { end &+= 1 }
        rest = ByteRange(end, rest.upper)
        return ByteRange(start, end)
    }

    /// A segment as text; `nil` if it is not UTF-8.
    static func text(_ segment: ByteRange, in bytes: Span<UInt8>) -> String? {
        let decoded = decoded(segment, in: bytes, plusIsSpace: false)
        return String(validating: decoded, as: UTF8.self)
    }

    /// All segments of a rest; the prefix itself has an empty one, as `/` has.
    static func all(of rest: ByteRange, in bytes: Span<UInt8>) -> [[UInt8]] {
        var rest = rest
        var segments: [[UInt8]] = []
        while let segment = first(of: &rest, in: bytes) {
            segments.append(decoded(segment, in: bytes, plusIsSpace: false))
        }
        return segments.isEmpty ? [[]] : segments
    }

    /// The bytes after one decoding; a malformed escape stays as it is.
    static func decoded(
        _ range: ByteRange,
        in bytes: Span<UInt8>,
        plusIsSpace: Bool
    ) -> [UInt8] {
        var result: [UInt8] = []
        var index = range.lower
        while index < range.upper {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < range.upper,
                let high = ASCII.hexValue(bytes[index + 1]),
                let low = ASCII.hexValue(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                let isSpace = plusIsSpace && bytes[index] == UInt8(ascii: "+")
                result.append(isSpace ? 0x20 : bytes[index])
                index += 1
            }
        }
        return result
    }

    private static let slash = UInt8(ascii: "/")
}
