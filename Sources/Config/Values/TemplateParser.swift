/// Reads templates, byte by byte, knowing which bytes came out of references.
struct TemplateParser {
    private let bytes: [UInt8]
    private let isOpaque: [Bool]
    private var index = 0

    /// Prepares to read a text; `opaque` are the offsets of what is text whatever it looks like.
    init(_ text: String, opaque: [Range<Int>]) {
        let bytes = Array(text.utf8)
        var flags = [Bool](repeating: false, count: bytes.count)
        for range in opaque {
            for offset in range.clamped(to: 0..<bytes.count) { flags[offset] = true }
        }
        self.bytes = bytes
        isOpaque = flags
    }

    /// The pieces of the text.
    mutating func parse() throws(TemplateError) -> [Template.Piece] {
        var pieces: [Template.Piece] = []
        var literal: [UInt8] = []
        while index < bytes.count {
            if isAt("{{") {
                if !literal.isEmpty {
                    pieces.append(.literal(String(decoding: literal, as: UTF8.self)))
                }
                literal = []
                index += 2
                pieces.append(try expression())
            } else {
                literal.append(bytes[index])
                index += 1
            }
        }
        if !literal.isEmpty { pieces.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return pieces
    }

    private mutating func expression() throws(TemplateError) -> Template.Piece {
        let name = try fieldName()
        skipSpace()
        if name == "basic", !isAt("}}"), !isAt("|") { return try basic() }
        var field = Template.Field(name: name)
        while !isAt("}}") {
            guard isAt("|") else { throw unexpected() }
            index += 1
            try filter(&field)
            skipSpace()
        }
        index += 2
        return .field(field)
    }

    private mutating func filter(_ field: inout Template.Field) throws(TemplateError) {
        let name = try fieldName()
        switch name {
        case "base64":
            guard !field.base64 else { throw .syntax("'base64' stands twice in one field") }
            field.base64 = true
        case "default":
            guard field.fallback == nil, !field.base64 else {
                throw .syntax("'default' must stand once, before other filters")
            }
            skipSpace()
            field.fallback = try quoted()
        default:
            let known = ["base64", "default"]
            throw .syntax("unknown filter '\(name)'\(NearestWord.hint(for: name, among: known))")
        }
    }

    private mutating func basic() throws(TemplateError) -> Template.Piece {
        let user = try operand()
        skipSpace()
        let password = try operand()
        skipSpace()
        guard isAt("}}") else { throw unexpected() }
        index += 2
        return .basic(user: user, password: password)
    }

    private mutating func operand() throws(TemplateError) -> Template.Operand {
        isAt("\"") ? .text(try quoted()) : .field(try fieldName())
    }

    private mutating func fieldName() throws(TemplateError) -> String {
        skipSpace()
        let start = index
        while index < bytes.count, !isOpaque[index], FieldName.isByte(bytes[index]) { index += 1 }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        guard FieldName.isValid(name) else { throw unexpected() }
        return name
    }

    private mutating func quoted() throws(TemplateError) -> String {
        guard isAt("\"") else { throw .syntax("'default' wants a quoted text: default \"x\"") }
        index += 1
        var text: [UInt8] = []
        while index < bytes.count, !isAt("\"") {
            if isAt("\\\"") || isAt("\\\\") { index += 1 }
            text.append(bytes[index])
            index += 1
        }
        guard isAt("\"") else { throw .syntax("a quoted text in {{…}} has no end") }
        index += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func skipSpace() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    /// Whether these characters come next, and were written so.
    private func isAt(_ word: String) -> Bool {
        var at = index
        for byte in word.utf8 {
            guard at < bytes.count, bytes[at] == byte, !isOpaque[at] else { return false }
            at += 1
        }
        return true
    }

    private func unexpected() -> TemplateError {
        guard index < bytes.count else { return .syntax("'{{' has no '}}'") }
        if isAt("}}") { return .syntax("'{{' and '}}' without a field's name between them") }
        if isOpaque[index] { return .syntax("a reference cannot name a field") }
        let rest = String(decoding: bytes[index...], as: UTF8.self)
        return .syntax("unexpected '\(rest.first ?? " ")' in {{…}}")
    }
}

/// The spelling of field names: letters, digits, `_`, `-`, `.`, beginning with a letter or `_`.
enum FieldName {
    /// Whether a byte may stand in a name.
    static func isByte(_ byte: UInt8) -> Bool {
        HostName.isLabelByte(byte) || byte == UInt8(ascii: ".")
    }

    /// Whether it is a name.
    static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        let begins = first == UInt8(ascii: "_") || (first | 0x20) &- 0x61 < 26
        return begins && text.utf8.allSatisfy(isByte)
    }
}
