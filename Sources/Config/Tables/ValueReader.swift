import Crypto
import HTTP

/// Reads arguments as what they must be.
enum ValueReader {
    /// Why an argument is not what it must be.
    struct Problem: Error {
        let message: String

        init(_ message: String) {
            self.message = message
        }
    }

    /// Whether an argument is of a kind.
    static func fits(_ argument: Argument, _ kind: Kind) -> Bool {
        if case .success = read(argument, as: kind) { true } else { false }
    }

    /// The value of an argument, or what is wrong with it.
    static func read(_ argument: Argument, as kind: Kind) -> Result<Value, Problem> {
        do throws(Problem) {
            return .success(try value(of: argument, as: kind))
        } catch {
            return .failure(error)
        }
    }

    private static func value(
        of argument: Argument,
        as kind: Kind
    ) throws(Problem) -> Value {
        let text = argument.text
        switch kind {
        case .anyText: return .text(text)
        case .text, .name, .nameOrStar, .tenant, .fieldName, .choice, .hostName, .headerName,
            .ownHeaderName, .method, .origin, .absolutePath, .prefix:
            return .text(try word(argument, as: kind))
        case .secret:
            guard !text.isEmpty else { throw Problem("an empty text") }
            return .secret(Secret(text))
        case .flag:
            guard text == "on" || text == "off" else { throw not(argument, "on or off") }
            return .flag(text == "on")
        case .duration(let bounds): return .duration(try duration(argument, bounds))
        case .durationOrOff(let bounds):
            return text == "off" ? .unset : .duration(try duration(argument, bounds))
        case .durations(let bounds): return .durations(try durations(argument, bounds))
        case .size(let bounds): return .number(try size(argument, bounds))
        case .count(let bounds): return .number(try count(argument, bounds))
        case .countOrAuto(let bounds):
            return text == "auto" ? .unset : .number(try count(argument, bounds))
        case .percentage(let bounds): return .ratio(try percentage(argument, bounds))
        case .rate: return .rate(try rate(argument))
        case .mode: return .number(try mode(argument))
        case .hex(let count):
            guard let bytes = Hex.decode(text), bytes.count == count else {
                throw Problem("\(count * 2) hexadecimal digits are wanted")
            }
            return .bytes(bytes)
        case .address: return .address(try address(argument))
        case .path(let words): return try path(argument, orWords: words)
        case .pem: return .pem(try pem(argument))
        case .hostPattern:
            guard let pattern = HostPattern(text) else {
                throw not(argument, "a host or *.host, without scheme and port")
            }
            return .hostPattern(pattern)
        case .pathPattern:
            guard let pattern = PathPattern(text) else {
                throw not(argument, "a pattern like /users/*/keys/**")
            }
            return .pathPattern(pattern)
        case .uri: return .uri(try uri(argument))
        case .template, .uriTemplate: return .template(try template(argument, kind))
        case .assignment: return .assignment(try assignment(argument))
        }
    }

    /// What an argument is not; references stay as they were written.
    static func not(_ argument: Argument, _ wanted: String) -> Problem {
        Problem("'\(argument.source.shortened)' is not \(wanted)")
    }

    private static func template(
        _ argument: Argument,
        _ kind: Kind
    ) throws(Problem) -> Template {
        let template: Template
        do {
            template = try Template(
                argument.text,
                opaque: argument.opaque,
                source: argument.isLiteral ? nil : argument.source
            )
        } catch {
            throw Problem(error.description)
        }
        if case .uriTemplate = kind {
            if template.isLiteral { _ = try uri(argument) }
            if let problem = template.uriProblem { throw Problem(problem) }
        } else if argument.text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            throw Problem("line breaks and control characters cannot be sent")
        }
        return template
    }

    private static func assignment(_ argument: Argument) throws(Problem) -> NamedText {
        let parts = argument.text.split(
            separator: "=",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, FieldName.isValid(String(parts[0])), !parts[1].isEmpty else {
            throw not(argument, "NAME=PATH")
        }
        return NamedText(String(parts[0]), String(parts[1]))
    }

    private static func path(
        _ argument: Argument,
        orWords words: [String]
    ) throws(Problem) -> Value {
        let text = argument.text
        if words.contains(text) { return .text(text) }
        guard !text.isEmpty, !text.utf8.contains(0) else { throw Problem("an empty path") }
        let others = ["stdout", "stderr", "off"]
        let isPlain = !text.contains("/") && !text.contains(".")
        if !words.isEmpty, isPlain {
            let hint = NearestWord.hint(for: text, among: words)
            if !hint.isEmpty || others.contains(text) {
                throw not(argument, "\(words.joined(separator: ", ")) or a path\(hint)")
            }
        }
        return .path(ConfigPath.resolve(text, in: argument.directory))
    }

    private static func pem(_ argument: Argument) throws(Problem) -> PEM {
        let text = argument.text
        guard !text.isEmpty else { throw Problem("an empty path") }
        if text.contains("-----BEGIN ") {
            guard !argument.isLiteral else {
                throw Problem("PEM must come out of a file or a reference")
            }
            return .pem(Secret(text))
        }
        guard !text.utf8.contains(where: { $0 < 0x20 }) else {
            throw Problem("neither a path nor PEM")
        }
        return .path(ConfigPath.resolve(text, in: argument.directory))
    }
}
