/// A place in a configuration file; lines and columns count from 1, columns in characters.
///
/// Where there is no file, as in what comes by the admin API, `file` is the member's name and the
/// line 0.
package struct SourcePosition: Sendable, Hashable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int = 1, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourcePosition: CustomStringConvertible {
    package var description: String { line == 0 ? file : "\(file):\(line):\(column)" }
}

/// Something to say about a place in a configuration.
package struct Diagnostic: Sendable, Hashable {
    /// How bad it is.
    package enum Severity: String, Sendable {
        case error, warning
    }

    package var severity: Severity
    package var position: SourcePosition
    package var message: String

    package init(_ severity: Severity, at position: SourcePosition, _ message: String) {
        self.severity = severity
        self.position = position
        self.message = message
    }
}

extension Diagnostic: CustomStringConvertible {
    /// The line that `attache check` prints: `file:line:col: error: …`.
    package var description: String { "\(position): \(severity.rawValue): \(message)" }
}

/// All that is wrong with a configuration, warnings included, in the order of the files.
package struct ConfigErrors: Error, Sendable, Equatable {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }
}

extension ConfigErrors: CustomStringConvertible {
    /// One line for each.
    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
