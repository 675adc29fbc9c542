internal import Crypto

/// The parameter that leads a person back from the provider to us (RFC 6749 section 10.12).
///
/// It is sealed, so that what is garbage, what has expired and what another browser began can be told
/// apart without anything being stored.
struct FlowState {
    /// How long a person may take, in seconds.
    static let lifetime = 600
    private static let randomCount = 16
    private static let timeCount = 8
    /// How long every state is, in base 64: what is not so long need not be opened.
    private static let textCount =
        ((Seal.nonceCount + randomCount + timeCount + Seal.tagCount) * 4 + 2) / 3

    /// The value of the parameter: 128 random bits, and the end of its time.
    let text: String
    /// The second since 1970 from which it is not good any more.
    let expiresAt: Int

    /// Makes a new one; `nil` only when OpenSSL has no memory.
    init?(now: Int, _ envelope: Envelope) {
        expiresAt = now + Self.lifetime
        let time = UInt64(clamping: expiresAt)
        let bytes = (0..<Self.timeCount).map { UInt8(truncatingIfNeeded: time >> UInt64($0 * 8)) }
        guard let text = envelope.seal(Random.bytes(Self.randomCount) + bytes, as: .state) else {
            return nil
        }
        self.text = text
    }

    /// Reads one that we made; `nil` for anything else.
    init?(_ text: String, _ envelope: Envelope) {
        guard text.utf8.count == Self.textCount, let plain = envelope.open(text, as: .state),
            plain.count == Self.randomCount + Self.timeCount
        else { return nil }
        let time = plain.suffix(Self.timeCount).reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        self.text = text
        expiresAt = Int(clamping: time)
    }

    /// What it is called among those that have been used: nothing that helps who reads it.
    var mark: [UInt8] { SHA256.digest(text) }

    /// Whether two are the same; the time it takes does not tell where they differ.
    func equals(_ other: FlowState) -> Bool {
        ConstantTime.equal(Array(text.utf8), Array(other.text.utf8))
    }
}
