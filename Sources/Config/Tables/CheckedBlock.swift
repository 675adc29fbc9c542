import Crypto
import HTTP

/// A block whose directives have been found right, each with its values.
struct CheckedBlock {
    let position: SourcePosition
    /// Directives by name, each list in the order of the file.
    var directives: [String: [CheckedDirective]] = [:]
    /// Names that were written, rightly or not: what is written wrongly is not also missing.
    var written: Set<String> = []
    /// The readable arguments of what was written wrongly, by the directive's name.
    ///
    /// What would have been there is not also missing elsewhere. They may be secret.
    var faulty: [String: [String]] = [:]

    /// The one directive of that name, or the first.
    subscript(name: String) -> CheckedDirective? { directives[name]?.first }

    /// All the directives of that name.
    func all(_ name: String) -> [CheckedDirective] { directives[name] ?? [] }

    /// Whether it was written, even if wrongly.
    func has(_ name: String) -> Bool { written.contains(name) }

    /// Notes a directive that was written wrongly.
    mutating func note(faulty statement: Statement, as name: String) {
        written.insert(name)
        faulty[name, default: []] += statement.arguments.filter(\.isSound).map(\.text)
    }

    /// All the directives.
    var everything: [CheckedDirective] { directives.values.flatMap(\.self) }
}

/// A directive that fits its rule.
struct CheckedDirective {
    let name: String
    let position: SourcePosition
    /// The first word, where that tells forms apart.
    var form: String?
    /// The values by the parameter's label or the option's name.
    var values: [String: [CheckedValue]] = [:]
    var block: CheckedBlock?
    /// The folder that relative paths start from.
    let directory: String
    /// Whether a provider of the catalogue says it, and not the file.
    let isFilledIn: Bool

    /// The value of a parameter or an option.
    subscript(name: String) -> CheckedValue? { values[name]?.first }

    /// The only value of a directive with one parameter.
    var value: CheckedValue? { values.values.first?.first }

    /// All values of the parameter that takes the rest.
    var all: [CheckedValue] { values.values.first ?? [] }
}

/// A value, and where it was written.
struct CheckedValue {
    let value: Value
    let position: SourcePosition
    /// Whether no part of it came out of a reference.
    let isLiteral: Bool
    /// The argument with its references unresolved.
    let source: String
    /// The folder that relative paths start from.
    let directory: String
}

extension CheckedValue {
    var text: String? { if case .text(let text) = value { text } else { nil } }
    var path: String? { if case .path(let path) = value { path } else { nil } }
    var secret: Secret? { if case .secret(let secret) = value { secret } else { nil } }
    var flag: Bool? { if case .flag(let flag) = value { flag } else { nil } }
    var number: Int? { if case .number(let number) = value { number } else { nil } }
    var ratio: Double? { if case .ratio(let ratio) = value { ratio } else { nil } }
    var duration: Duration? { if case .duration(let time) = value { time } else { nil } }
    var durations: ClosedRange<Duration>? {
        if case .durations(let range) = value { range } else { nil }
    }
    var rate: Rate? { if case .rate(let rate) = value { rate } else { nil } }
    var bytes: [UInt8]? { if case .bytes(let bytes) = value { bytes } else { nil } }
    var address: BindAddress? { if case .address(let address) = value { address } else { nil } }
    var pem: PEM? { if case .pem(let pem) = value { pem } else { nil } }
    var hostPattern: HostPattern? {
        if case .hostPattern(let pattern) = value { pattern } else { nil }
    }
    var pathPattern: PathPattern? {
        if case .pathPattern(let pattern) = value { pattern } else { nil }
    }
    var uri: URI? { if case .uri(let uri) = value { uri } else { nil } }
    var template: Template? { if case .template(let template) = value { template } else { nil } }
    var assignment: NamedText? { if case .assignment(let pair) = value { pair } else { nil } }
}

extension CheckedBlock {
    /// The value of a directive with one parameter.
    func value(_ name: String) -> CheckedValue? { self[name]?.value }
    /// A text, the first word of a choice included.
    func text(_ name: String) -> String? { value(name)?.text }
    func secret(_ name: String) -> Secret? { value(name)?.secret }
    func flag(_ name: String) -> Bool? { value(name)?.flag }
    func number(_ name: String) -> Int? { value(name)?.number }
    func duration(_ name: String) -> Duration? { value(name)?.duration }
    func uri(_ name: String) -> URI? { value(name)?.uri }

    /// All values of all directives of that name.
    func values(_ name: String) -> [CheckedValue] { all(name).flatMap(\.all) }
}

extension CheckedDirective {
    func text(_ name: String) -> String? { self[name]?.text }
    func number(_ name: String) -> Int? { self[name]?.number }
    func duration(_ name: String) -> Duration? { self[name]?.duration }
}
