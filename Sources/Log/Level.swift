/// How much a message matters.
package enum Level: Int, Comparable, Sendable {
    case debug, info, warn, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    /// The word that stands in a log line.
    package var word: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        }
    }
}
