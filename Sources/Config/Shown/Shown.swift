internal import Crypto
internal import JSON

/// Values of a configuration as JSON, for people to look at: words as the file has them, and no
/// secret.
enum Shown {
    private static let mask = JSONValue.string("***")

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

    /// Names and values, those masked that a name calls secret.
    static func pairs(_ pairs: [NamedText]) -> JSONValue {
        .object(pairs.map { pair in JSONValue.Member(pair.name, value(pair.name, pair.value)) })
    }

    /// Names and templates as they were written, references unresolved.
    static func templates(_ templates: [NamedTemplate]) -> JSONValue {
        .object(
            templates.map { named in
                JSONValue.Member(named.name, value(named.name, named.template.source))
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

    private static func value(_ name: String, _ text: String) -> JSONValue {
        let isReference = text.contains("${")
        return SensitiveName.holdsSecret(name, text) && !isReference ? mask : .string(text)
    }
}
