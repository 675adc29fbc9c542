package import Bytes

/// A host with an optional port, as it stands in a `Host` field or behind `//` in a URI.
///
/// Stricter than RFC 3986 section 3.2 on purpose: no user information, no escapes, no
/// sub-delimiters, no empty host and no empty port, because two programs that read such a host
/// differently are what a smuggler looks for.
package struct Authority: Equatable, Sendable {
    /// The host without the brackets of an IPv6 address.
    package var host: ByteRange
    /// The port, if one was written.
    package var port: Int?
    /// Whether the host is an IPv6 address in brackets.
    package var isIPv6: Bool

    /// Reads the authority that fills a range; `nil` if it is not one.
    package init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        guard !range.isEmpty, range.upper <= bytes.count else { return nil }
        let end: Int
        if bytes[range.lower] == UInt8(ascii: "[") {
            guard let close = Authority.endOfIPv6(bytes, range) else { return nil }
            host = ByteRange(range.lower &+ 1, close)
            isIPv6 = true
            end = close &+ 1
        } else {
            var index = range.lower
            while index < range.upper, Authority.isHostByte(bytes[index]) { index &+= 1 }
            guard index > range.lower else { return nil }
            host = ByteRange(range.lower, index)
            isIPv6 = false
            end = index
        }
        if end == range.upper {
            port = nil
            return
        }
        guard bytes[end] == UInt8(ascii: ":"),
            let number = Authority.port(bytes, ByteRange(end &+ 1, range.upper))
        else { return nil }
        port = number
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    private static func port(_ bytes: Span<UInt8>, _ range: ByteRange) -> Int? {
        guard range.count > 0, range.count <= 5 else { return nil }
        var number = 0
        var index = range.lower
        while index < range.upper {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
            index &+= 1
        }
        return number > 0 && number <= 65_535 ? number : nil
    }

    /// Checks an address of up to eight groups with at most one `::` (RFC 3986 section 3.2.2).
    private static func endOfIPv6(_ bytes: Span<UInt8>, _ range: ByteRange) -> Int? {
        var index = range.lower &+ 1
        var groups = 0
        var gap = false
        var digits = 0
        var groupStart = index
        while index < range.upper {
            let byte = bytes[index]
            if ASCII.hexValue(byte) != nil {
                if digits == 0 { groupStart = index }
                digits &+= 1
                guard digits <= 4 else { return nil }
            } else if byte == UInt8(ascii: ":") {
                let doubled = index &+ 1 < range.upper && bytes[index &+ 1] == byte
                if digits == 0 && !doubled { return nil }
                if digits > 0 { groups &+= 1 }
                if doubled {
                    guard !gap else { return nil }
                    gap = true
                    index &+= 1
                } else if index &+ 1 < range.upper, bytes[index &+ 1] == UInt8(ascii: "]") {
                    return nil
                }
                digits = 0
            } else if byte == UInt8(ascii: ".") {
                guard digits > 0,
                    let close = endOfIPv4(bytes, ByteRange(groupStart, range.upper))
                else { return nil }
                groups &+= 2
                return groups == 8 && !gap || groups < 8 && gap ? close : nil
            } else {
                guard byte == UInt8(ascii: "]") else { return nil }
                if digits > 0 { groups &+= 1 }
                return groups == 8 && !gap || groups < 8 && gap ? index : nil
            }
            index &+= 1
        }
        return nil
    }

    /// Checks the dotted tail of an IPv6 address and answers where its bracket stands.
    private static func endOfIPv4(_ bytes: Span<UInt8>, _ range: ByteRange) -> Int? {
        var index = range.lower
        var parts = 1
        var digits = 0
        var number = 0
        while index < range.upper {
            let byte = bytes[index]
            if byte &- 0x30 < 10 {
                guard digits == 0 || number > 0 else { return nil }
                digits &+= 1
                number = number &* 10 &+ Int(byte &- 0x30)
                guard digits <= 3, number <= 255 else { return nil }
            } else {
                guard digits > 0 else { return nil }
                if byte == UInt8(ascii: "]") { return parts == 4 ? index : nil }
                guard byte == UInt8(ascii: "."), parts < 4 else { return nil }
                parts &+= 1
                digits = 0
                number = 0
            }
            index &+= 1
        }
        return nil
    }
}
