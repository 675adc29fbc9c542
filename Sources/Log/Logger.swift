internal import JSON

/// Writes messages for operators: a level, a sentence and some named values.
///
/// Values are strings and numbers; a secret is neither, so it cannot get in by accident.
package struct Logger: Sendable {
    /// How a line is written.
    package enum Format: Sendable {
        case text
        case json
    }

    private let level: Level
    private let format: Format
    private let time: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// Makes a logger.
    ///
    /// `time`: the present moment as RFC 3339 text.
    /// `write`: takes one line, its newline included, from any thread.
    package init(
        level: Level,
        format: Format,
        time: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.level = level
        self.format = format
        self.time = time
        self.write = write
    }

    /// A logger that says nothing.
    package static let silent = Logger(level: .error, format: .text, time: { "" }, write: { _ in })

    /// Writes one message if its level is wanted.
    package func log(
        _ level: Level,
        _ message: String,
        _ fields: KeyValuePairs<String, String> = [:]
    ) {
        guard level >= self.level else { return }
        switch format {
        case .text:
            let values = fields.map { " \($0.key)=\(Self.plain($0.value))" }.joined()
            write("\(time()) \(level.word) \(Self.plain(message))\(values)\n")
        case .json:
            let values = fields.map { ",\"\($0.key)\":\(JSONText.quoted($0.value))" }.joined()
            let start = "{\"time\":\"\(time())\",\"level\":\"\(level.word)\",\"message\":"
            write("\(start)\(JSONText.quoted(message))\(values)}\n")
        }
    }

    /// A value on one line: control characters would let a peer forge lines.
    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) }
        )
    }
}
