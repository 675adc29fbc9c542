package import Crypto

/// What the admin API's callers must show; only its digest is kept.
package struct AdminToken: Sendable {
    /// How many random bytes a made token has.
    private static let byteCount = 32

    private let digest: [UInt8]

    /// Takes the token that was configured or read.
    package init(_ token: Secret) {
        digest = SHA256.digest(token)
    }

    /// Makes a token: 32 random bytes in base 64 for URLs.
    package static func random() -> Secret {
        Secret(Base64URL.encode(Random.bytes(byteCount)))
    }

    /// Whether what a caller shows is the token.
    ///
    /// Digests are compared, so that the duration tells neither where texts differ nor how long the
    /// token is.
    package func matches(_ shown: String) -> Bool {
        ConstantTime.equal(SHA256.digest(shown), digest)
    }
}
