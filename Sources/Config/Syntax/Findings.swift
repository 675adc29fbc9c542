/// Gathers what is wrong, so that all of it can be said at once.
///
/// One object is handed through lexing, checking and building of one load, on one thread.
final class Findings {
    private var diagnostics: [Diagnostic] = []
    /// The files in the order they were opened.
    private var files: [String: Int] = [:]

    /// How many diagnostics are kept: nobody reads more, and a hostile file shall not fill memory.
    private let most = 500

    /// Whether the configuration cannot be used.
    private(set) var hasErrors = false

    /// Notes that a file is read, which places its diagnostics behind those of earlier files.
    func opened(_ file: String) {
        if files[file] == nil { files[file] = files.count }
    }

    /// Adds an error.
    func error(_ message: String, at position: SourcePosition) {
        hasErrors = true
        add(Diagnostic(.error, at: position, message.inOneLine))
    }

    /// Adds a warning.
    func warning(_ message: String, at position: SourcePosition) {
        add(Diagnostic(.warning, at: position, message.inOneLine))
    }

    private func add(_ diagnostic: Diagnostic) {
        if diagnostics.count < most { diagnostics.append(diagnostic) }
    }

    /// Everything, by file, line and column, each thing once.
    var sorted: [Diagnostic] {
        var seen: Set<Diagnostic> = []
        let unique = diagnostics.filter { seen.insert($0).inserted }
        let ranked = unique.enumerated().map { (key: rank($1, order: $0), diagnostic: $1) }
        return ranked.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.diagnostic)
    }

    private func rank(_ diagnostic: Diagnostic, order: Int) -> [Int] {
        let position = diagnostic.position
        let file = files[position.file] ?? files.count
        let severity = diagnostic.severity == .error ? 0 : 1
        return [file, position.line, position.column, severity, order]
    }
}
