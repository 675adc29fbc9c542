/// One word or quoted text of a configuration, its references resolved.
struct Argument: Sendable {
    var position: SourcePosition
    var text = ""
    /// The UTF-8 offsets in `text` that came out of references.
    var opaque: [Range<Int>] = []
    /// The text with its references unresolved, which may be shown.
    var source = ""
    var isQuoted = false
    /// Whether all was readable; if not, an error has been noted and `text` is worth nothing.
    var isSound = true
    /// The folder that relative paths in it start from.
    var directory = ""

    /// Whether nothing of it came from outside of the file.
    var isLiteral: Bool { opaque.isEmpty }

    /// The value of an option `key=value`, if that is what it is: the key and the rest.
    var option: (key: String, value: Argument)? {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let offset = text.utf8.distance(from: text.startIndex, to: mark)
        let key = text.utf8[..<mark]
        guard let first = key.first, Argument.isKeyByte(first), first &- 0x30 >= 10 else {
            return nil
        }
        // A key must be written plainly: what a reference gives must not be shown as one.
        guard key.allSatisfy(Argument.isKeyByte),
            !opaque.contains(where: { $0.lowerBound <= offset })
        else { return nil }
        var value = self
        value.text = String(text[text.index(after: mark)...])
        value.opaque = opaque.filter { $0.lowerBound > offset }
            .map { $0.lowerBound - offset - 1..<$0.upperBound - offset - 1 }
        value.source = source.firstIndex(of: "=").map { String(source[$0...].dropFirst()) } ?? ""
        return (String(decoding: Array(key), as: UTF8.self), value)
    }

    /// Keys are lower case; anything else with an equals sign in it is an ordinary argument.
    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// One directive as it stands in a file: a name, arguments, and maybe a block.
struct Statement: Sendable {
    var name: String
    var position: SourcePosition
    var arguments: [Argument] = []
    /// `nil`: it ended with a semicolon.
    var block: [Statement]?
    /// The folder that relative paths start from.
    var directory = ""
    /// Whether a provider of the catalogue says it, and not the file.
    var isFilledIn = false
}
