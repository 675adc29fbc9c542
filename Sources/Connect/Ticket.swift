internal import Crypto
internal import JSON

/// The right to connect one account once: what an app gets from the admin API for its user.
///
/// Stateless: whoever holds the key can read it; only that it was spent is remembered.
struct Ticket {
    /// How long it is good, in seconds.
    static let lifetime = 600
    private static let idCount = 16

    /// 128 random bits that name it among those that have been spent.
    let id: [UInt8]
    /// The second since 1970 from which it is not good any more.
    let expiresAt: Int
    let errand: Errand

    /// Makes a new one.
    init(for errand: Errand, now: Int) {
        id = Random.bytes(Self.idCount)
        expiresAt = now + Self.lifetime
        self.errand = errand
    }

    /// Reads what `sealed` wrote; `nil` for anything else.
    init?(_ text: String, _ envelope: Envelope) {
        guard let value = envelope.value(text, as: .ticket),
            let id = value["id"]?.scalarText.flatMap(Base64URL.decode),
            let expiresAt = value["until"]?.scalarText.flatMap({ Int($0) }),
            let errand = Errand(value["errand"])
        else { return nil }
        self.id = id
        self.expiresAt = expiresAt
        self.errand = errand
    }

    /// The ticket as text for a URL.
    func sealed(_ envelope: Envelope) -> String? {
        envelope.seal(
            .object([
                .init("id", .string(Base64URL.encode(id))),
                .init("until", .number(String(expiresAt))),
                .init("errand", errand.json),
            ]),
            as: .ticket
        )
    }
}
