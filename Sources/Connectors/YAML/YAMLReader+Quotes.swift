extension YAMLReader {
    /// A text in single quotes, its lines folded.
    mutating func singleQuoted(above parent: Int) throws(YAMLError) -> String {
        let start = cursor.place
        var text: [UInt8] = []
        cursor.step()
        while let byte = cursor.current {
            if cursor.isAtLineEnd {
                try fold(&text, keeping: 0, above: parent)
                continue
            }
            cursor.step()
            guard byte == UInt8(ascii: "'") else {
                text.append(byte)
                continue
            }
            guard cursor.current == UInt8(ascii: "'") else {
                return String(decoding: text, as: UTF8.self)
            }
            cursor.step()
            text.append(byte)
        }
        throw YAMLError("this quote is not closed", at: start)
    }

    /// A text in double quotes, its escapes resolved and its lines folded.
    mutating func doubleQuoted(above parent: Int) throws(YAMLError) -> String {
        let start = cursor.place
        var text: [UInt8] = []
        // What came out of escapes is not cut off at the end of a line.
        var kept = 0
        cursor.step()
        while let byte = cursor.current {
            if cursor.isAtLineEnd {
                try fold(&text, keeping: kept, above: parent)
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                cursor.step()
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(into: &text, above: parent)
                kept = text.count
            default:
                text.append(byte)
                cursor.step()
            }
        }
        throw YAMLError("this quote is not closed", at: start)
    }

    /// One line break becomes a space, more become one less; blanks around them vanish.
    private mutating func fold(
        _ text: inout [UInt8],
        keeping kept: Int,
        above parent: Int
    ) throws(YAMLError) {
        while text.count > kept, text.last == 0x20 || text.last == 0x09 { text.removeLast() }
        let empty = try nextLine(above: parent)
        text += empty == 0 ? [0x20] : Array(repeating: 0x0A, count: empty)
    }

    /// Goes to the next line of a quoted text.
    ///
    /// - Returns: how many empty lines there were.
    private mutating func nextLine(above parent: Int) throws(YAMLError) -> Int {
        var empty = -1
        while cursor.isAtLineEnd, cursor.current != nil {
            cursor.newline()
            empty += 1
            if cursor.isAtDocumentMark {
                throw failure("the mark of a document stands inside a quoted text")
            }
            while cursor.current == 0x20 { cursor.step() }
            let indentation = cursor
            cursor.skipBlanks()
            guard !cursor.isAtLineEnd, indentation.column <= parent else { continue }
            throw YAMLError("this line of a quoted text is not indented", at: indentation.place)
        }
        return max(0, empty)
    }

    private mutating func escape(
        into text: inout [UInt8],
        above parent: Int
    ) throws(YAMLError) {
        let place = cursor.place
        cursor.step()
        if cursor.isAtLineEnd, cursor.current != nil {
            // An escaped line break is none; empty lines behind it stay.
            let empty = try nextLine(above: parent)
            text += Array(repeating: 0x0A, count: empty)
            return
        }
        guard let byte = cursor.current else { return }
        cursor.step()
        let scalar: Unicode.Scalar
        switch byte {
        case UInt8(ascii: "x"): scalar = try code(digits: 2, at: place)
        case UInt8(ascii: "u"): scalar = try code(digits: 4, at: place)
        case UInt8(ascii: "U"): scalar = try code(digits: 8, at: place)
        default:
            guard let known = YAMLReader.escapes[byte] else {
                throw YAMLError("this escape is unknown", at: place)
            }
            scalar = known
        }
        text += Array(String(Character(scalar)).utf8)
    }

    private mutating func code(digits: Int, at place: YAMLPlace) throws(YAMLError) -> Unicode.Scalar
    {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = cursor.current, let digit = YAMLReader.hexadecimal(byte) else {
                throw YAMLError("this escape wants \(digits) hexadecimal digits", at: place)
            }
            value = value << 4 | digit
            cursor.step()
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw YAMLError("this escape is no Unicode character", at: place)
        }
        return scalar
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }

    /// What stands behind a backslash and what it means (YAML 1.2 section 5.7).
    private static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "0"): "\u{0}", UInt8(ascii: "a"): "\u{7}", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "t"): "\u{9}", 0x09: "\u{9}", UInt8(ascii: "n"): "\u{A}",
        UInt8(ascii: "v"): "\u{B}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "r"): "\u{D}",
        UInt8(ascii: "e"): "\u{1B}", 0x20: " ", UInt8(ascii: "\""): "\"", UInt8(ascii: "/"): "/",
        UInt8(ascii: "\\"): "\\", UInt8(ascii: "N"): "\u{85}", UInt8(ascii: "_"): "\u{A0}",
        UInt8(ascii: "L"): "\u{2028}", UInt8(ascii: "P"): "\u{2029}",
    ]
}
