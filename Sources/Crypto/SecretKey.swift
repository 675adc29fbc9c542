/// A key of 256 bits, wiped when the last copy goes.
package struct SecretKey: Sendable, Equatable {
    /// How many bytes a key has.
    package static let byteCount = 32

    private let secret: Secret

    /// Takes 32 bytes; nil for any other number.
    package init?(_ secret: Secret) {
        guard secret.count == SecretKey.byteCount else { return nil }
        self.secret = secret
    }

    /// Reads 32 bytes in base 64 (RFC 4648 section 4, strict); nil for anything else.
    package init?(base64 text: Secret) {
        guard var bytes = text.withBytes({ Base64.decode($0) }) else { return nil }
        defer { bytes.wipe() }
        self.init(Secret(bytes: bytes))
    }

    /// Makes a new key.
    package static func random() -> SecretKey {
        var bytes = Random.bytes(byteCount)
        defer { bytes.wipe() }
        return SecretKey(trusted: Secret(bytes: bytes))
    }

    private init(trusted secret: Secret) { self.secret = secret }

    /// The key in base 64, as it is written to a key file.
    package func base64() -> Secret {
        Secret(secret.withBytes { Base64.encode($0) })
    }

    /// Lends the bytes.
    package func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try secret.withBytes(body)
    }

    /// A key for one purpose, which tells nothing of this key or of another purpose's.
    package func derived(for purpose: String) -> SecretKey {
        var bytes = HMACSHA256.code(for: Array("attache key for \(purpose)".utf8), key: secret)
        defer { bytes.wipe() }
        return SecretKey(trusted: Secret(bytes: bytes))
    }

    /// The first `count` bytes (at most 32) of a code that tells keys apart and betrays nothing.
    package func fingerprint(label: String, count: Int) -> [UInt8] {
        Array(HMACSHA256.code(for: Array(label.utf8), key: secret).prefix(max(0, count)))
    }
}
