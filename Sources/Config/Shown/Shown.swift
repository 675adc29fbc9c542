internal import Crypto
internal import JSON

/// Values of a configuration as JSON, for people to look at: words as the file has them, and no
/// secret.
enum Shown {
    private static let mask = JSONValue.string(PlainValue.mask)

    static func secret(_ secret: Secret?) -> JSONValue { secret == nil ? .null : mask }

    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }

    static func number(_ number: Int?) -> JSONValue { number.map { .number(String($0)) } ?? .null }

    static func time(_ time: Duration?) -> JSONValue {
        time.map { .string(ValueReader.shown($0)) } ?? .string("off")
    }

    static func size(_ size: Int?) -> JSONValue {
        size.map { .string(ValueReader.shown(size: $0)) } ?? .null
    }

    static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { JSONValue.Member($0.key, $0.value) })
    }

    static func secrets(_ secrets: [NamedSecret]) -> JSONValue {
        .object(secrets.map { JSONValue.Member($0.name, mask) })
    }

    /// Names and values, those masked that are not known to be harmless.
    static func pairs(_ pairs: [NamedText]) -> JSONValue {
        .object(
            pairs.map { pair in
                let isPlain = PlainValue.isPlain(pair.name, pair.value)
                return JSONValue.Member(pair.name, isPlain ? .string(pair.value) : mask)
            }
        )
    }

    /// Names on both sides.
    static func names(_ pairs: [NamedText]) -> JSONValue {
        .object(pairs.map { JSONValue.Member($0.name, .string($0.value)) })
    }

    /// Names and templates as they were written, references unresolved, those masked that are not
    /// known to be harmless.
    static func templates(_ templates: [NamedTemplate]) -> JSONValue {
        .object(
            templates.map { named in
                let source = named.template.source
                let isPlain = PlainValue.isPlain(named.name, source) || isReferred(source)
                return JSONValue.Member(named.name, isPlain ? .string(source) : mask)
            }
        )
    }

    static func pem(_ pem: PEM?) -> JSONValue {
        switch pem {
        case .path(let path): .string(path)
        case .pem: mask
        case nil: .null
        }
    }

    /// Whether all that a template says itself are the names of fields and references.
    private static func isReferred(_ source: String) -> Bool {
        var rest = source[...]
        var own = ""
        while let start = rest.firstRange(of: "${"),
            let end = rest[start.upperBound...].firstIndex(of: "}")
        {
            own += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
        }
        guard rest.count < source.count else { return false }
        own += rest
        return PlainValue.isScheme(own) || PlainValue.isMadeOfNames(own)
    }
}
