/// A place in the bytes of a YAML text, and what is needed to walk on from there.
struct YAMLCursor {
    /// The largest text that is read, in bytes.
    static let bytesMax = 256 << 10

    let bytes: [UInt8]
    private(set) var index = 0
    private(set) var line = 1
    private(set) var lineStart = 0
    /// How many Unicode scalars of the line lie behind.
    private var scalars = 0

    /// Prepares to walk through a text.
    ///
    /// - Throws: where it holds what no YAML text may hold.
    init(_ text: [UInt8]) throws(YAMLError) {
        bytes = text
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
            lineStart = 3
        }
        guard bytes.count <= Self.bytesMax else {
            throw YAMLError("the text is larger than 256 KiB", at: place)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw YAMLError("the text is not UTF-8", at: place)
        }
        var probe = self
        while let byte = probe.current {
            if probe.isAtForbidden {
                throw YAMLError("a control character", at: probe.place)
            }
            if byte == 0x0A { probe.newline() } else { probe.step() }
        }
    }

    /// The byte here; `nil` at the end.
    var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// The byte some places further.
    func peek(_ offset: Int = 1) -> UInt8? {
        let at = index + offset
        return at < bytes.count ? bytes[at] : nil
    }

    /// How far the cursor is from the start of its line, in bytes.
    var column: Int { index - lineStart }

    /// Where the cursor stands, for people.
    var place: YAMLPlace { YAMLPlace(line: line, column: scalars + 1) }

    /// Whether the line ends here.
    var isAtLineEnd: Bool {
        guard let byte = current else { return true }
        return byte == 0x0A || byte == 0x0D
    }

    /// Whether a space, a tab or the end of the line comes at an offset.
    func isBlank(_ offset: Int = 0) -> Bool {
        switch peek(offset) {
        case 0x20, 0x09, 0x0A, 0x0D, nil: true
        default: false
        }
    }

    /// Whether the bytes before this one leave room for a comment here.
    var isAfterBlank: Bool {
        guard index > lineStart else { return true }
        return bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09
    }

    /// Whether `---` or `...` stands here as the mark of a document.
    var isAtDocumentMark: Bool {
        guard column == 0, let byte = current,
            byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        else { return false }
        return peek(1) == byte && peek(2) == byte && isBlank(3)
    }

    /// A control character, a lone carriage return, or a mark of byte order inside the text.
    private var isAtForbidden: Bool {
        guard let byte = current else { return false }
        return switch byte {
        case 0x09, 0x0A: false
        case 0x0D: peek() != 0x0A
        case 0..<0x20, 0x7F: true
        case 0xC2:
            // NEL is a printable character of YAML; the other C1 controls are not.
            (peek() ?? 0) < 0xA0 && peek() != 0x85
        case 0xEF:
            peek() == 0xBB && peek(2) == 0xBF
                || peek() == 0xBF && ((peek(2) ?? 0) == 0xBE || (peek(2) ?? 0) == 0xBF)
        default: false
        }
    }

    /// Goes one byte further.
    mutating func step() {
        guard let byte = current else { return }
        if byte & 0xC0 != 0x80 { scalars += 1 }
        index += 1
    }

    /// Goes over the end of the line; nothing happens at the end of the text.
    mutating func newline() {
        if current == 0x0D { index += 1 }
        guard current == 0x0A else { return }
        index += 1
        line += 1
        lineStart = index
        scalars = 0
    }

    /// Goes over spaces and tabs.
    mutating func skipBlanks() {
        while current == 0x20 || current == 0x09 { step() }
    }

    /// Goes to the end of the line.
    mutating func skipLine() {
        while !isAtLineEnd { step() }
    }

    /// Goes over what may follow a value on its line, to the start of the next line.
    ///
    /// - Throws: when something else than a comment follows.
    mutating func endLine() throws(YAMLError) {
        skipBlanks()
        if current == UInt8(ascii: "#"), isAfterBlank { skipLine() }
        guard isAtLineEnd else { throw YAMLError(unexpected(), at: place) }
        newline()
    }

    /// Goes from the start of a line over empty lines and comments to the next content.
    ///
    /// - Throws: at a tab where a line is indented, or at the mark of a document.
    mutating func skipToContent() throws(YAMLError) {
        while index < bytes.count {
            while current == 0x20 { step() }
            let tab = self
            skipBlanks()
            if current == UInt8(ascii: "#") { skipLine() }
            if isAtLineEnd {
                newline()
                continue
            }
            guard index == tab.index else {
                throw YAMLError("a tab cannot indent a line", at: tab.place)
            }
            guard !isAtDocumentMark else {
                throw YAMLError("only one document can stand in a file", at: place)
            }
            return
        }
    }

    /// What to say of a text that does not belong where it stands.
    private func unexpected() -> String {
        switch current {
        case UInt8(ascii: ":"): "':' cannot stand here; put the text before it in quotes"
        case UInt8(ascii: "#"): "a comment needs a space before its '#'"
        default: "something follows the value"
        }
    }
}
