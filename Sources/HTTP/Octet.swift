/// The bytes that HTTP's grammar names, and their classes (RFC 9110 section 5.6.2).
enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let colon: UInt8 = 0x3A
    static let comma: UInt8 = 0x2C
    static let underscore: UInt8 = 0x5F
    static let hyphen: UInt8 = 0x2D

    /// Whether a byte may stand in a token.
    ///
    /// Two constants hold one bit for each of the 128 ASCII characters: no table to load, none to
    /// set up before its first use.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 128 && (bits &>> UInt64(byte & 63)) & 1 == 1
    }

    /// Whether a byte is a letter or a hyphen, as nearly every byte of a field name is.
    @inline(__always)
    static func isLetterOrHyphen(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == hyphen
    }

    /// Whether a byte is a space or a tab.
    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// Whether a byte may stand in a field value: all but controls, the tab excepted.
    @inline(__always)
    static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == tab }

    /// Whether a byte may stand in a request target: visible ASCII, but not the fragment's mark.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }
}
