/// Cuts a file into words, quoted texts and punctuation, and resolves references on the way.
struct Lexer {
    /// What stands at a place.
    enum Token {
        case argument(Argument)
        case open(SourcePosition)
        case close(SourcePosition)
        case semicolon(SourcePosition)
        case end(SourcePosition)
    }

    private let bytes: [UInt8]
    private let file: String
    private let directory: String
    private let references: References
    private let findings: Findings
    private var index = 0
    private var line = 1
    private var column = 1
    /// The last line with an opening that has no end there: it is not looked for a second time.
    private var openLine = 0

    /// Prepares to read bytes that are valid UTF-8.
    init(
        _ bytes: [UInt8],
        file: String,
        directory: String,
        references: References,
        findings: Findings
    ) {
        self.bytes = bytes
        self.file = file
        self.directory = directory
        self.references = references
        self.findings = findings
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// Where the next byte stands.
    private var position: SourcePosition {
        SourcePosition(file: file, line: line, column: column)
    }

    /// The next token; at the end of the file always `end`.
    mutating func next() -> Token {
        skipSpace()
        let place = position
        switch peek() {
        case nil: return .end(place)
        case UInt8(ascii: ";"):
            advance()
            return .semicolon(place)
        case UInt8(ascii: "}"):
            advance()
            return .close(place)
        case UInt8(ascii: "\""): return .argument(quoted())
        case UInt8(ascii: "{") where peek(1) != UInt8(ascii: "{"):
            advance()
            return .open(place)
        default: return .argument(word())
        }
    }

    // MARK: Words

    private mutating func word() -> Argument {
        var builder = ArgumentBuilder(position, directory: directory)
        while let byte = peek(), !isSpace(byte) {
            switch byte {
            case UInt8(ascii: ";"), UInt8(ascii: "}"): return builder.argument
            case UInt8(ascii: "{"):
                guard peek(1) == byte else { return builder.argument }
                braces(&builder)
            case UInt8(ascii: "$"): dollar(&builder)
            case UInt8(ascii: "\""):
                guard builder.endsWithEquals else {
                    error("white space is missing before '\"'", at: position, &builder)
                    return builder.argument
                }
                quotedText(&builder)
                checkGap(after: &builder)
                return builder.argument
            default: take(&builder)
            }
        }
        return builder.argument
    }

    /// Reads `{{…}}`, white space and quoted texts included.
    private mutating func braces(_ builder: inout ArgumentBuilder) {
        let start = position
        var isQuoted = false
        take(&builder)
        take(&builder)
        guard openLine != line else {
            builder.argument.isSound = false
            return
        }
        let mark = (index, line, column)
        while let byte = peek(), byte != 0x0A {
            switch byte {
            case UInt8(ascii: "}") where !isQuoted && peek(1) == byte:
                take(&builder)
                take(&builder)
                return
            case UInt8(ascii: "\\") where isQuoted && peek(1) != nil && peek(1) != 0x0A:
                take(&builder)
                take(&builder)
            case UInt8(ascii: "$"): dollar(&builder)
            default:
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                take(&builder)
            }
        }
        goBack(to: mark)
        error("'{{' has no '}}' on its line", at: start, &builder)
    }

    // MARK: Quoted texts

    private mutating func quoted() -> Argument {
        var builder = ArgumentBuilder(position, directory: directory)
        builder.argument.isQuoted = true
        quotedText(&builder)
        checkGap(after: &builder)
        return builder.argument
    }

    private mutating func quotedText(_ builder: inout ArgumentBuilder) {
        let start = position
        advance()
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                return
            case UInt8(ascii: "\\"): escape(&builder)
            case UInt8(ascii: "$"): dollar(&builder)
            default: take(&builder)
            }
        }
        error("a quoted text has no end", at: start, &builder)
    }

    private mutating func escape(_ builder: inout ArgumentBuilder) {
        let start = position
        advance()
        guard let byte = peek() else { return }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): builder.append(byte)
        case UInt8(ascii: "n"): builder.append(0x0A)
        case UInt8(ascii: "t"): builder.append(0x09)
        default:
            let message = "unknown escape; in quotes there are \\\", \\\\, \\n and \\t"
            error(message, at: start, &builder)
        }
        advance()
    }

    /// A quoted text stands alone: what follows at once is the sign of a quote forgotten before.
    private mutating func checkGap(after builder: inout ArgumentBuilder) {
        guard let byte = peek(), !isSpace(byte), !";{}".utf8.contains(byte) else { return }
        guard builder.argument.isSound else { return }
        let start = builder.argument.position
        if start.line < line {
            let message = "this quoted text ends in line \(line); is a quote missing before?"
            error(message, at: start, &builder)
        } else {
            error("white space is missing after a quoted text", at: position, &builder)
        }
    }

    // MARK: References

    /// Reads `$$`, `${…}`, or a dollar that means nothing.
    private mutating func dollar(_ builder: inout ArgumentBuilder) {
        let start = position
        if peek(1) == UInt8(ascii: "$") {
            advance()
            take(&builder)
            return
        }
        guard peek(1) == UInt8(ascii: "{") else {
            take(&builder)
            return
        }
        advance()
        advance()
        let from = index
        guard openLine != line else {
            builder.argument.isSound = false
            return
        }
        let mark = (index, line, column)
        while let byte = peek(), byte != UInt8(ascii: "}"), byte != 0x0A, byte != UInt8(ascii: "\"")
        {
            advance()
        }
        let text = String(decoding: bytes[from..<index], as: UTF8.self)
        guard peek() == UInt8(ascii: "}") else {
            goBack(to: mark)
            error("'${' has no '}'", at: start, &builder)
            return
        }
        advance()
        let value = references.value(of: text, at: start, directory: directory)
        builder.append(reference: text, value: value)
    }

    // MARK: Bytes

    private mutating func skipSpace() {
        while let byte = peek() {
            if byte == UInt8(ascii: "#") {
                while let next = peek(), next != 0x0A { advance() }
            } else {
                guard isSpace(byte) else { return }
                advance()
            }
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        index + ahead < bytes.count ? bytes[index + ahead] : nil
    }

    /// Takes the next byte into an argument.
    private mutating func take(_ builder: inout ArgumentBuilder) {
        guard let byte = peek() else { return }
        if byte < 0x20 && !isSpace(byte) || byte == 0x7F, builder.argument.isSound {
            error("a control character", at: position, &builder)
        }
        builder.append(byte)
        advance()
    }

    private mutating func advance() {
        guard let byte = peek() else { return }
        index += 1
        if byte == 0x0A {
            line += 1
            column = 1
        } else if peek().map({ $0 & 0xC0 != 0x80 }) ?? true {
            // Only the last byte of a character moves the column.
            column += 1
        }
    }

    /// Returns to a place, so that what follows an error is read as if it were not there.
    private mutating func goBack(to place: (index: Int, line: Int, column: Int)) {
        (index, line, column) = place
        openLine = line
    }

    private func error(
        _ message: String,
        at position: SourcePosition,
        _ builder: inout ArgumentBuilder
    ) {
        builder.argument.isSound = false
        findings.error(message, at: position)
    }
}
