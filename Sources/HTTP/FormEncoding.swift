import Bytes

/// The `application/x-www-form-urlencoded` encoding of names and values (RFC 6749 appendix B).
package enum FormEncoding {
    /// Encodes names and values, in order.
    package static func encode(_ items: [(String, String)]) -> String {
        var bytes: [UInt8] = []
        for (index, (name, value)) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            append(name, to: &bytes, form: true)
            bytes.append(UInt8(ascii: "="))
            append(value, to: &bytes, form: true)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes names and values, in order; `nil` for a broken escape or text that is not UTF-8.
    package static func decode(_ text: String) -> [(String, String)]? {
        var items: [(String, String)] = []
        for piece in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = piece.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let first = halves.first, let name = unescape(first, plusIsSpace: true),
                let value = unescape(
                    halves.dropFirst().first ?? Substring().utf8,
                    plusIsSpace: true
                )
            else { return nil }
            items.append((name, value))
        }
        return items
    }

    /// Encodes one component of a URI: all but RFC 3986's unreserved characters is escaped.
    package static func percentEncode(_ component: String) -> String {
        var bytes: [UInt8] = []
        append(component, to: &bytes, form: false)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Encodes what a query cannot hold (RFC 3986 section 3.4); whole escapes stay as they are.
    package static func completeQuery(_ text: String) -> String {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        for (index, byte) in source.enumerated() {
            let isKept =
                byte == UInt8(ascii: "%")
                ? index + 2 < source.count && ASCII.hexValue(source[index + 1]) != nil
                    && ASCII.hexValue(source[index + 2]) != nil
                : URI.isPathOrQueryByte(byte)
            if isKept { bytes.append(byte) } else { appendEscape(byte, to: &bytes) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes the `%` escapes of one component; `nil` if one is broken or the text is not UTF-8.
    package static func percentDecode(_ component: String) -> String? {
        unescape(component.utf8[...], plusIsSpace: false)
    }

    private static func append(_ text: String, to bytes: inout [UInt8], form: Bool) {
        for byte in text.utf8 {
            if isKept(byte, form: form) {
                bytes.append(byte)
            } else if form && byte == UInt8(ascii: " ") {
                bytes.append(UInt8(ascii: "+"))
            } else {
                appendEscape(byte, to: &bytes)
            }
        }
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digit(byte >> 4))
        bytes.append(digit(byte & 15))
    }

    private static func isKept(_ byte: UInt8, form: Bool) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        case UInt8(ascii: "*"): form
        case UInt8(ascii: "~"): !form
        default: false
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x37 &+ value
    }

    private static func unescape(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = text.makeIterator()
        while let byte = rest.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.next().flatMap(ASCII.hexValue),
                    let low = rest.next().flatMap(ASCII.hexValue)
                else { return nil }
                bytes.append(high << 4 | low)
            } else if plusIsSpace && byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
