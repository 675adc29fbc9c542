/// Comparisons and conversions of ASCII bytes.
package enum ASCII {
    /// The lower-case form of a letter; any other byte as it is.
    @inlinable
    package static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// Whether a range of bytes equals a lower-case word, without regard to case.
    @inlinable
    package static func equals(
        _ bytes: Span<UInt8>,
        _ range: ByteRange,
        lowercase word: Span<UInt8>
    ) -> Bool {
        guard range.count == word.count, range.upper <= bytes.count else { return false }
        var index = 0
        while index < word.count {
            if lowercased(bytes[range.lower &+ index]) != word[index] { return false }
            index &+= 1
        }
        return true
    }

    /// The value of a hexadecimal digit.
    @inlinable
    package static func hexValue(_ byte: UInt8) -> UInt8? {
        let digit = byte &- 0x30
        if digit < 10 { return digit }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}
