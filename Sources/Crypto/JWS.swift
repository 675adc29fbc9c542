internal import COpenSSL

/// A private key that signs with one algorithm.
package struct SigningKey: Sendable {
    package let algorithm: SigningAlgorithm
    private let key: KeyHandle

    /// Reads a private key from PEM.
    ///
    /// - Throws: `SigningKeyError.noKey`, `.wrongKind`.
    package init(pem: Secret, for algorithm: SigningAlgorithm) throws(SigningKeyError) {
        key = try KeyHandle(pem: pem, .privateKey, for: algorithm)
        self.algorithm = algorithm
    }

    /// Signs as a JWS wants it (RFC 7518 section 3).
    ///
    /// - Throws: `SigningKeyError.failed`.
    func signature(of message: [UInt8]) throws(SigningKeyError) -> [UInt8] {
        guard let signature = key.sign(message, algorithm) else { throw .failed }
        guard algorithm == .es256 else { return signature }
        guard let halves = ECDSASignature.halves(ofDER: signature) else { throw .failed }
        return halves
    }
}

/// A public key that verifies with one algorithm.
package struct VerifyingKey: Sendable {
    package let algorithm: SigningAlgorithm
    private let key: KeyHandle

    /// Reads a public key (SubjectPublicKeyInfo) from PEM.
    ///
    /// - Throws: `SigningKeyError.noKey`, `.wrongKind`.
    package init(pem: String, for algorithm: SigningAlgorithm) throws(SigningKeyError) {
        key = try KeyHandle(pem: Secret(pem), .publicKey, for: algorithm)
        self.algorithm = algorithm
    }

    /// Whether a signature, as it stands in a JWS, was made over a message with the private key.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard algorithm == .es256 else { return key.verifies(signature, of: message, algorithm) }
        guard let signature = ECDSASignature.der(ofHalves: signature) else { return false }
        return key.verifies(signature, of: message, algorithm)
    }
}

/// Signed texts in their compact form (RFC 7515 section 7.1).
package enum JWS {
    /// Signs a payload; `header` is the JSON text of the protected header, which names the
    /// algorithm.
    ///
    /// - Throws: `SigningKeyError.failed`.
    package static func compact(
        header: String,
        payload: String,
        signedBy key: SigningKey
    ) throws(SigningKeyError) -> Secret {
        let parts = [header, payload].map { Base64URL.encode(Array($0.utf8)) }
        let message = parts.joined(separator: ".")
        let signature = try key.signature(of: Array(message.utf8))
        return Secret("\(message).\(Base64URL.encode(signature))")
    }

    /// Header and payload of a compact text; `nil` if it is none, or not signed with the key.
    ///
    /// The algorithm is the key's: whatever the header says is left to the caller to compare.
    package static func verified(
        _ compact: String,
        by key: VerifyingKey
    ) -> (header: [UInt8], payload: [UInt8])? {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(String(parts[0])),
            let payload = Base64URL.decode(String(parts[1])),
            let signature = Base64URL.decode(String(parts[2])),
            key.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8))
        else { return nil }
        return (header, payload)
    }
}

/// The two forms of a signature of ECDSA on P-256.
enum ECDSASignature {
    private static let halfCount = Int32(SigningAlgorithm.halfByteCount)

    /// `r` and `s` behind each other, each 32 bytes (RFC 7518 section 3.4).
    static func halves(ofDER der: [UInt8]) -> [UInt8]? {
        unsafe der.withUnsafeBufferPointer { source in
            var start = source.baseAddress
            guard let parsed = unsafe d2i_ECDSA_SIG(nil, &start, source.count) else { return nil }
            defer { unsafe ECDSA_SIG_free(parsed) }
            func half(_ number: OpaquePointer?) -> [UInt8]? {
                var half = [UInt8](repeating: 0, count: SigningAlgorithm.halfByteCount)
                let written = unsafe BN_bn2binpad(number, &half, halfCount)
                return written == halfCount ? half : nil
            }
            guard let r = unsafe half(ECDSA_SIG_get0_r(parsed)),
                let s = unsafe half(ECDSA_SIG_get0_s(parsed))
            else { return nil }
            return r + s
        }
    }

    /// What OpenSSL verifies; `nil` if it is not 64 bytes.
    static func der(ofHalves bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count == 2 * SigningAlgorithm.halfByteCount,
            let signature = unsafe ECDSA_SIG_new()
        else { return nil }
        defer { unsafe ECDSA_SIG_free(signature) }
        let r = unsafe BN_bin2bn(Array(bytes.prefix(Int(halfCount))), halfCount, nil)
        let s = unsafe BN_bin2bn(Array(bytes.suffix(Int(halfCount))), halfCount, nil)
        guard unsafe ECDSA_SIG_set0(signature, r, s) == 1 else {
            unsafe BN_free(r)
            unsafe BN_free(s)
            return nil
        }
        let length = unsafe i2d_ECDSA_SIG(signature, nil)
        guard length > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: Int(length))
        let written = unsafe der.withUnsafeMutableBufferPointer { target in
            var next = target.baseAddress
            return unsafe i2d_ECDSA_SIG(signature, &next)
        }
        return written == length ? der : nil
    }
}
