/// Reads the main file and those that it includes into one list of statements.
struct FileLoader {
    /// The main file's path from the root (if the working directory is known).
    let absolutePath: String
    private let path: String
    private let source: ConfigSource
    private let findings: Findings
    private let references: References
    private var count = 0

    private static let largestFile = 4 << 20
    private static let mostFiles = 1000
    private static let deepest = 16

    /// Prepares to read a file, whose path is shown as it is given here.
    init(path: String, source: ConfigSource, findings: Findings) {
        self.path = path
        absolutePath = ConfigPath.resolve(path, in: source.workingDirectory)
        self.source = source
        self.findings = findings
        references = References(source: source, findings: findings)
    }

    /// All statements but the inclusions, in order.
    mutating func load() -> [Statement] {
        let place = SourcePosition(file: path)
        return statements(of: absolutePath, includedBy: [], at: place)
    }

    private mutating func statements(
        of file: String,
        includedBy parents: [String],
        at position: SourcePosition
    ) -> [Statement] {
        let name = shown(file)
        findings.opened(name)
        let bytes: [UInt8]
        switch source.read(file, .configuration, FileLoader.largestFile) {
        case .success(let found): bytes = found.bytes
        case .failure(let failure):
            findings.error("'\(name)': \(failure)", at: position)
            return []
        }
        if let bad = FileLoader.firstInvalid(in: bytes, file: name) {
            findings.error("the file is not UTF-8 here", at: bad)
            return []
        }
        let directory = ConfigPath.directory(of: file)
        let lexer = Lexer(
            bytes,
            file: name,
            directory: directory,
            references: references,
            findings: findings
        )
        var parser = Parser(lexer, directory: directory, findings: findings)
        var result: [Statement] = []
        for statement in parser.parse() {
            if statement.name == "include" {
                result += included(
                    by: statement,
                    parents: parents + [source.canonical(file)]
                )
            } else {
                result.append(statement)
            }
        }
        return result
    }

    private mutating func included(by statement: Statement, parents: [String]) -> [Statement] {
        guard let pattern = statement.arguments.first, statement.arguments.count == 1,
            statement.block == nil, !pattern.text.isEmpty
        else {
            findings.error("'include' wants one path or pattern", at: statement.position)
            return []
        }
        guard pattern.isSound else { return [] }
        guard parents.count < FileLoader.deepest else {
            findings.error("inclusions are nested too deep", at: statement.position)
            return []
        }
        let path = ConfigPath.resolve(pattern.text, in: statement.directory)
        let isPattern = path.contains { "*?[".contains($0) }
        let files = isPattern ? source.matches(path).sorted { isBefore($0, $1) } : [path]
        var result: [Statement] = []
        for file in files {
            guard !parents.contains(source.canonical(file)) else {
                findings.error("'\(shown(file))' includes itself", at: pattern.position)
                continue
            }
            count += 1
            guard count <= FileLoader.mostFiles else {
                findings.error("more than \(FileLoader.mostFiles) files", at: pattern.position)
                return result
            }
            result += statements(of: file, includedBy: parents, at: pattern.position)
        }
        return result
    }

    /// By bytes, so that the order is the same everywhere.
    private func isBefore(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// A path as messages show it: seen from where the main file's path is seen from.
    private func shown(_ file: String) -> String {
        if file == absolutePath { return path }
        let folder = ConfigPath.directory(of: absolutePath)
        guard !path.hasPrefix("/"), file.hasPrefix("\(folder)/") else { return file }
        let rest = file.dropFirst(folder.utf8.count + 1)
        let start = ConfigPath.directory(of: path)
        return start == "." ? String(rest) : "\(start)/\(rest)"
    }

    /// Where the text stops to be UTF-8.
    private static func firstInvalid(in bytes: [UInt8], file: String) -> SourcePosition? {
        guard let length = validLength(of: bytes) else { return nil }
        var position = SourcePosition(file: file)
        for byte in bytes[..<length] {
            if byte == 0x0A {
                position.line += 1
                position.column = 1
            } else if byte & 0xC0 != 0x80 {
                position.column += 1
            }
        }
        return position
    }

    /// How many bytes are UTF-8, if not all are.
    private static func validLength(of bytes: [UInt8]) -> Int? {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}
