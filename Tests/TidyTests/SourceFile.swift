/// A Swift file of this package, as written and without what is not code.
struct SourceFile {
    /// Relative to the package's folder: `Sources/IO/EventLoop.swift`.
    let path: String
    let text: String
    /// The lines as written.
    let lines: [Substring]
    /// The same lines with comments and the contents of strings and raw identifiers replaced by
    /// spaces, so that words found here are code.
    let code: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var scrubber = Scrubber(text)
        code = scrubber.run().split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The folder in Sources or Tests: the target.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var name: String {
        String(path.split(separator: "/").last ?? "")
    }

    var isSource: Bool {
        path.hasPrefix("Sources/")
    }
}

/// A place where a rule is broken.
struct Violation: CustomStringConvertible, Equatable {
    var path: String
    /// From 1; 0 when the whole file is meant.
    var line: Int
    var message: String

    init(_ path: String, _ line: Int, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    var description: String {
        "\(path):\(line): \(message)"
    }
}

/// Replaces comments, and the contents of strings and raw identifiers, by spaces.
private struct Scrubber {
    private let input: [UInt8]
    private var output: [UInt8] = []
    private var position = 0

    private static let newline = UInt8(ascii: "\n")
    private static let quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#")

    init(_ text: String) {
        input = Array(text.utf8)
        output.reserveCapacity(input.count)
    }

    mutating func run() -> String {
        code(untilParenthesis: false)
        return String(decoding: output, as: UTF8.self)
    }

    /// Copies code up to the end, or to the parenthesis that ends an interpolation.
    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "/") where isAt("//"):
                while position < input.count, input[position] != Self.newline { blank() }
            case UInt8(ascii: "/") where isAt("/*"):
                blockComment()
            case UInt8(ascii: "`"):
                blank()
                while position < input.count, input[position] != UInt8(ascii: "`") { blank() }
                blank()
            case Self.quote, Self.hash:
                if !string() { copy() }
            case UInt8(ascii: "("):
                depth += 1
                copy()
            case UInt8(ascii: ")"):
                if untilParenthesis && depth == 0 { return }
                depth -= 1
                copy()
            default:
                copy()
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if isAt("/*") {
                depth += 1
                blank(2)
            } else if isAt("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < input.count
    }

    /// Blanks a string literal of any kind; false, moving nowhere, when none begins here.
    private mutating func string() -> Bool {
        var hashes = 0
        while position + hashes < input.count, input[position + hashes] == Self.hash {
            hashes += 1
        }
        guard position + hashes < input.count, input[position + hashes] == Self.quote else {
            return false
        }
        blank(hashes)
        let mark = String(repeating: "#", count: hashes)
        let quotes = isAt("\"\"\"") ? "\"\"\"" : "\""
        blank(quotes.utf8.count)
        while position < input.count {
            if isAt(quotes + mark) {
                blank(quotes.utf8.count + hashes)
                return true
            }
            if isAt("\\" + mark + "(") {
                blank(2 + hashes)
                code(untilParenthesis: true)
                blank()
            } else if isAt("\\" + mark) {
                blank(2 + hashes)
            } else {
                blank()
            }
        }
        return true
    }

    private func isAt(_ text: String) -> Bool {
        input[position...].starts(with: text.utf8)
    }

    private mutating func copy() {
        output.append(input[position])
        position += 1
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where position < input.count {
            let isNewline = input[position] == Self.newline
            output.append(isNewline ? Self.newline : UInt8(ascii: " "))
            position += 1
        }
    }
}
