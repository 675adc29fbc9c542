/// The signatures of a JWT that can be asked for (RFC 7518 section 3.1, RFC 8037 section 3.1).
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    /// RSA with the padding of PKCS #1 v1.5, over SHA-256.
    case rs256 = "RS256"
    /// RSA with the padding PSS, over SHA-256.
    case ps256 = "PS256"
    /// ECDSA on the curve P-256, over SHA-256.
    case es256 = "ES256"
    /// Ed25519 or Ed448, which choose their hash themselves.
    case edDSA = "EdDSA"

    /// The fewest bits of an RSA key (RFC 7518 section 3.3).
    static let rsaBitsMin = 2048
    /// How long each half of an ES256 signature is (RFC 7518 section 3.4).
    static let halfByteCount = 32

    /// The key that it needs, in words.
    package var keyDescription: String {
        switch self {
        case .rs256, .ps256: "an RSA key of at least \(SigningAlgorithm.rsaBitsMin) bits"
        case .es256: "an EC key on the curve P-256"
        case .edDSA: "an Ed25519 or Ed448 key"
        }
    }
}

/// Why a key cannot sign or verify.
package enum SigningKeyError: Error, Hashable, Sendable {
    /// The file cannot be opened; the reason in the system's words. Its path is not said: where a
    /// reference gave it, it may be the key itself, put where a path belongs.
    case unreadable(reason: String)
    /// There is no key of the wanted half (private or public) in the PEM, or it wants a password.
    case noKey
    /// The key is of another kind or too small.
    case wrongKind(SigningAlgorithm, found: String)
    /// OpenSSL refused to sign.
    case failed
}

extension SigningKeyError: CustomStringConvertible {
    /// What is wrong, in words that a person can act upon.
    package var description: String {
        switch self {
        case .unreadable(let reason): "the file of the key cannot be read: \(reason)"
        case .noKey: "there is no key in PEM without a password"
        case .wrongKind(let algorithm, let found):
            "\(algorithm.rawValue) needs \(algorithm.keyDescription), and this is \(found)"
        case .failed: "OpenSSL cannot sign with this key"
        }
    }
}
