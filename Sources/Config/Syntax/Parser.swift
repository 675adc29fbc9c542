/// Reads tokens into statements; after an error it goes on with the next statement.
struct Parser {
    private var lexer: Lexer
    private let findings: Findings
    private let directory: String

    /// How deep blocks may nest: far deeper than any real one.
    private static let deepest = 16

    /// Prepares to read what a lexer gives.
    init(_ lexer: Lexer, directory: String, findings: Findings) {
        self.lexer = lexer
        self.directory = directory
        self.findings = findings
    }

    /// All the statements of the file.
    mutating func parse() -> [Statement] {
        var statements: [Statement] = []
        while true {
            switch lexer.next() {
            case .end: return statements
            case .close(let position): findings.error("unexpected '}'", at: position)
            case .semicolon(let position): findings.error("unexpected ';'", at: position)
            case .open(let position):
                findings.error("unexpected '{'", at: position)
                _ = block(openedAt: position, by: "{", depth: 1)
            case .argument(let name):
                let (statement, _) = statement(name, depth: 0)
                if isNamed(name) { statements.append(statement) }
            }
        }
    }

    /// How a statement ended.
    private enum Ending {
        case here
        /// With the brace of the block it stands in.
        case block
        case file
    }

    private mutating func statement(_ name: Argument, depth: Int) -> (Statement, Ending) {
        var statement = Statement(name: name.source, position: name.position, directory: directory)
        var last = name.position
        while true {
            switch lexer.next() {
            case .argument(let argument):
                statement.arguments.append(argument)
                last = argument.position
            case .semicolon: return (statement, .here)
            case .open(let position):
                statement.block = block(openedAt: position, by: statement.name, depth: depth + 1)
                return (statement, .here)
            case .close:
                findings.error("a ';' is missing after '\(statement.name.shortened)'", at: last)
                return (statement, .block)
            case .end:
                findings.error(
                    "the file ends before the ';' of '\(statement.name.shortened)'",
                    at: last
                )
                return (statement, .file)
            }
        }
    }

    /// Whether a statement has a name to go by: neither a quoted one nor what a reference gave.
    private func isNamed(_ name: Argument) -> Bool {
        guard name.isQuoted || !name.isLiteral else { return name.isSound }
        findings.error("a directive's name must be written plainly", at: name.position)
        return false
    }

    /// The statements up to the closing brace.
    private mutating func block(
        openedAt start: SourcePosition,
        by name: String,
        depth: Int
    ) -> [Statement] {
        guard depth < Parser.deepest else {
            findings.error("blocks are nested too deep", at: start)
            skipBlock()
            return []
        }
        var statements: [Statement] = []
        while true {
            switch lexer.next() {
            case .end:
                findings.error("the block of '\(name.shortened)' has no '}'", at: start)
                return statements
            case .close: return statements
            case .semicolon(let position): findings.error("unexpected ';'", at: position)
            case .open(let position):
                findings.error("unexpected '{'", at: position)
                _ = block(openedAt: position, by: "{", depth: depth + 1)
            case .argument(let name):
                let (statement, ending) = statement(name, depth: depth)
                if isNamed(name) { statements.append(statement) }
                switch ending {
                case .here: break
                case .block, .file: return statements
                }
            }
        }
    }

    /// Passes over everything up to the closing brace, however deep it lies.
    private mutating func skipBlock() {
        var depth = 1
        while depth > 0 {
            switch lexer.next() {
            case .end: return
            case .open: depth += 1
            case .close: depth -= 1
            case .semicolon, .argument: break
            }
        }
    }
}
