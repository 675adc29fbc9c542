internal import JSON

/// What plain scalars mean: the core schema (YAML 1.2 section 10.3.2).
enum YAMLScalar {
    /// Whether a plain scalar is a text.
    static func isText(_ text: String) -> Bool {
        if case .text = kind(text) { true } else { false }
    }

    /// The value of a plain scalar.
    ///
    /// - Throws: for numbers that JSON cannot hold.
    static func resolve(_ text: String, at place: YAMLPlace) throws(YAMLError) -> JSONValue {
        switch kind(text) {
        case .text: return .string(text)
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .number(let digits): return .number(digits)
        case .unfit:
            throw YAMLError("JSON cannot hold the number \(text); put a text in quotes", at: place)
        }
    }

    /// What a plain scalar is.
    private enum Kind {
        case text, null
        case bool(Bool)
        case number(String)
        /// Infinity, no number, or more than 64 bits in octal or hexadecimal digits.
        case unfit
    }

    private static func kind(_ text: String) -> Kind {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .unfit
        default: break
        }
        let bytes = Array(text.utf8)
        if let value = radix(bytes) { return value }
        let isSigned = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+")
        let rest = bytes.dropFirst(isSigned ? 1 : 0)
        if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) {
            return .unfit
        }
        guard let digits = decimal(rest) else { return .text }
        return .number(bytes.first == UInt8(ascii: "-") ? "-" + digits : digits)
    }

    /// `0o14`, `0xC`: no sign, no capital letter in front.
    private static func radix(_ bytes: [UInt8]) -> Kind? {
        guard bytes.count > 2, bytes[0] == 0x30 else { return nil }
        let digits = bytes[2...]
        let isOctal = bytes[1] == UInt8(ascii: "o") && digits.allSatisfy { $0 &- 0x30 < 8 }
        let isHexadecimal =
            bytes[1] == UInt8(ascii: "x")
            && digits.allSatisfy { $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 6 }
        guard isOctal || isHexadecimal else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        return UInt64(text, radix: isOctal ? 8 : 16).map { .number(String($0)) } ?? .unfit
    }

    /// A decimal number without its sign, spelled as JSON wants it.
    private static func decimal(_ bytes: ArraySlice<UInt8>) -> String? {
        var rest = bytes
        let whole = take(&rest)
        var fraction: ArraySlice<UInt8> = []
        var hasPoint = false
        if rest.first == UInt8(ascii: ".") {
            hasPoint = true
            rest = rest.dropFirst()
            fraction = take(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var result = String(decoding: whole.drop { $0 == 0x30 }, as: UTF8.self)
        if result.isEmpty { result = "0" }
        if hasPoint {
            result += "." + (fraction.isEmpty ? "0" : String(decoding: fraction, as: UTF8.self))
        }
        if rest.first.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            result += "e"
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                result.unicodeScalars.append(Unicode.Scalar(sign))
                rest = rest.dropFirst()
            }
            let exponent = take(&rest)
            guard !exponent.isEmpty else { return nil }
            result += String(decoding: exponent, as: UTF8.self)
        }
        return rest.isEmpty ? result : nil
    }

    /// Takes the digits at the front.
    private static func take(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = bytes.prefix { $0 &- 0x30 < 10 }
        bytes = bytes.dropFirst(digits.count)
        return digits
    }
}
