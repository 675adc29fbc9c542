import Bytes

/// The protocol version as it stands in a request line or a status line.
enum Version {
    /// How many bytes `HTTP/1.1` has.
    static let length = 8

    /// Reads a version; answers its minor number, 0 or 1, or `nil` when bytes are missing.
    ///
    /// A minor version above 1 counts as 1 (RFC 9110 section 2.5); any other major one is refused.
    @inline(__always)
    static func parse(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(HTTPError) -> Int? {
        if start &+ length <= end {
            let word = Word.load(bytes, start)
            if word == Word.literal("HTTP/1.1") { return 1 }
            if word == Word.literal("HTTP/1.0") { return 0 }
        }
        return try parseOther(bytes, start, end)
    }

    @inline(never)
    private static func parseOther(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(HTTPError) -> Int? {
        let letters: [UInt8] = Array("HTTP/".utf8)
        var index = 0
        while index < length {
            guard start &+ index < end else { return nil }
            let byte = bytes[start &+ index]
            let fits =
                switch index {
                case 0...4: byte == letters[index]
                case 6: byte == UInt8(ascii: ".")
                default: byte &- 0x30 < 10
                }
            guard fits else { throw byte == Octet.lineFeed ? .bareLineFeed : .badVersion }
            index &+= 1
        }
        guard bytes[start &+ 5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
        return bytes[start &+ 7] == UInt8(ascii: "0") ? 0 : 1
    }
}
