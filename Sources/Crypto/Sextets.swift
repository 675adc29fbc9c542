/// What both forms of base 64 share: three bytes as four characters of six bits (RFC 4648 section 4).
enum Sextets {
    /// Which characters stand for the values 62 and 63.
    enum Alphabet {
        /// `+` and `/`.
        case standard
        /// `-` and `_`.
        case filenameSafe

        /// The character of each of the 64 values.
        var characters: [UInt8] {
            let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
            switch self {
            case .standard: return Array(common.utf8) + Array("+/".utf8)
            case .filenameSafe: return Array(common.utf8) + Array("-_".utf8)
            }
        }

        /// The value of a character; nil when it is not of this alphabet.
        func value(of character: UInt8) -> UInt32? {
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"): self == .standard ? 62 : nil
            case UInt8(ascii: "/"): self == .standard ? 63 : nil
            case UInt8(ascii: "-"): self == .filenameSafe ? 62 : nil
            case UInt8(ascii: "_"): self == .filenameSafe ? 63 : nil
            default: nil
            }
        }
    }

    /// Writes bytes as characters.
    static func encode(_ bytes: Span<UInt8>, alphabet: Alphabet, padded: Bool) -> String {
        let characters = alphabet.characters
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count &+ 2) / 3 &* 4)
        var index = 0
        while index < bytes.count {
            let present = min(3, bytes.count &- index)
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (offset < present ? UInt32(bytes[index &+ offset]) : 0)
            }
            for position in 0..<4 {
                if position <= present {
                    let shift = UInt32(18 &- 6 &* position)
                    text.append(characters[Int(bits >> shift & 63)])
                } else if padded {
                    text.append(UInt8(ascii: "="))
                }
            }
            index &+= 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads the first `end` characters; nil for a character outside the alphabet, a length that no
    /// encoder produces, or unused bits that are not zero.
    static func decode(_ text: Span<UInt8>, upTo end: Int, alphabet: Alphabet) -> [UInt8]? {
        guard end % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end &* 3 / 4)
        var bits: UInt32 = 0
        var pending = 0
        for index in 0..<end {
            guard let value = alphabet.value(of: text[index]) else { return nil }
            bits = bits << 6 | value
            pending &+= 6
            if pending >= 8 {
                pending &-= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(pending)))
                bits &= 1 << UInt32(pending) &- 1
            }
        }
        return bits == 0 ? bytes : nil
    }
}
