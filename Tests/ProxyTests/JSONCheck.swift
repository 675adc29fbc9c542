/// Whether a text is one JSON value (RFC 8259), strictly.
enum JSONCheck {
    static func isValid(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        return value(&rest) && rest.isEmpty
    }

    private static func value(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let first = rest.first else { return false }
        switch first {
        case UInt8(ascii: "{"): return object(&rest)
        case UInt8(ascii: "\""): return string(&rest)
        case UInt8(ascii: "n"): return word("null", &rest)
        case UInt8(ascii: "t"): return word("true", &rest)
        case UInt8(ascii: "f"): return word("false", &rest)
        default: return number(&rest)
        }
    }

    private static func word(_ word: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let digits = rest.prefix { "-0123456789.".utf8.contains($0) }
        rest = rest.dropFirst(digits.count)
        return Double(String(decoding: digits, as: UTF8.self)) != nil
    }

    private static func object(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest = rest.dropFirst()
        while true {
            guard string(&rest), word(":", &rest), value(&rest) else { return false }
            if word("}", &rest) { return true }
            guard word(",", &rest) else { return false }
        }
    }

    private static func string(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard word("\"", &rest) else { return false }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return true }
            guard byte >= 0x20 else { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = rest.popFirst() else { return false }
            if escaped == UInt8(ascii: "u") {
                guard rest.count >= 4 else { return false }
                rest = rest.dropFirst(4)
            } else if !"\"\\/bfnrt".utf8.contains(escaped) {
                return false
            }
        }
        return false
    }
}
