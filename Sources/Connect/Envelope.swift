internal import Crypto
internal import JSON

/// Seals what a browser carries for us, so that nobody can read, change or forge it.
struct Envelope: Sendable {
    /// What kinds of contents there are; one never passes for another.
    enum Kind: String {
        case ticket = "attache connect ticket 1"
        case flow = "attache connect flow 1"
        case state = "attache connect state 1"
    }

    /// The longest sealed text that is looked at.
    private static let textMax = 8192

    /// The first one seals, each of them opens.
    let keys: [SecretKey]

    /// Bytes as text for URLs and cookies; `nil` only when OpenSSL has no memory.
    func seal(_ plain: [UInt8], as kind: Kind) -> String? {
        guard let key = keys.first else { return nil }
        let sealed = try? Seal.seal(plain, key: key, associated: Array(kind.rawValue.utf8))
        return sealed.map(Base64URL.encode)
    }

    /// What was sealed; `nil` for anything that this program did not seal as that kind.
    func open(_ text: String, as kind: Kind) -> [UInt8]? {
        guard text.utf8.count <= Self.textMax, let sealed = Base64URL.decode(text) else {
            return nil
        }
        for key in keys {
            let plain = try? Seal.open(sealed, key: key, associated: Array(kind.rawValue.utf8))
            if let plain { return plain }
        }
        return nil
    }

    /// A value as text for URLs and cookies.
    func seal(_ value: JSONValue, as kind: Kind) -> String? {
        seal(Array(value.text.utf8), as: kind)
    }

    /// The value that was sealed.
    func value(_ text: String, as kind: Kind) -> JSONValue? {
        open(text, as: kind).flatMap { JSONValue(json: $0) }
    }
}
