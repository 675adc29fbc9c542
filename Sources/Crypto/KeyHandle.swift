internal import COpenSSL

/// A key of OpenSSL, freed with the last reference; it never changes, so threads may share it.
@safe
final class KeyHandle: Sendable {
    /// Which half of a key pair is read.
    enum Half {
        case privateKey
        case publicKey
    }

    /// Where OpenSSL keeps it.
    ///
    /// A number and no pointer, because the compiler lets immutable numbers cross threads.
    private let address: UInt

    /// Reads a key that fits an algorithm.
    init(
        pem: Secret,
        _ half: Half,
        for algorithm: SigningAlgorithm
    ) throws(SigningKeyError) {
        let found = unsafe KeyHandle.read(pem, half)
        ERR_clear_error()
        guard let key = unsafe found else { throw .noKey }
        address = UInt(bitPattern: key)
        guard fits(algorithm) else { throw .wrongKind(algorithm, found: kind) }
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    private var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    private static func read(_ pem: Secret, _ half: Half) -> OpaquePointer? {
        unsafe pem.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
                defer { unsafe BIO_free(bio) }
                // Without this empty password OpenSSL would ask for one on the terminal.
                var password: [CChar] = [0]
                switch half {
                case .privateKey:
                    return unsafe PEM_read_bio_PrivateKey(bio, nil, nil, &password)
                case .publicKey: return unsafe PEM_read_bio_PUBKEY(bio, nil, nil, &password)
                }
            }
        }
    }

    private func isA(_ name: String) -> Bool { unsafe EVP_PKEY_is_a(pointer, name) == 1 }

    private func fits(_ algorithm: SigningAlgorithm) -> Bool {
        let isLargeEnough = unsafe EVP_PKEY_get_bits(pointer) >= SigningAlgorithm.rsaBitsMin
        switch algorithm {
        case .rs256: return isA("RSA") && isLargeEnough
        case .ps256: return (isA("RSA") || isA("RSA-PSS")) && isLargeEnough
        case .es256: return isA("EC") && curve == "prime256v1"
        case .edDSA: return isA("ED25519") || isA("ED448")
        }
    }

    private var curve: String {
        var name = [CChar](repeating: 0, count: 80)
        var length = 0
        guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1 else {
            return ""
        }
        return String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What the key is, in words.
    private var kind: String {
        let names = ["RSA", "RSA-PSS", "EC", "ED25519", "ED448"]
        guard let name = names.first(where: isA) else { return "a key of another kind" }
        switch name {
        case "RSA", "RSA-PSS":
            return "an \(name) key of \(unsafe EVP_PKEY_get_bits(pointer)) bits"
        case "EC": return "an EC key on the curve \(curve)"
        default: return "an \(name) key"
        }
    }

    /// The signature of a message, an ECDSA one in DER; `nil` when OpenSSL refuses.
    func sign(_ message: [UInt8], _ algorithm: SigningAlgorithm) -> [UInt8]? {
        defer { ERR_clear_error() }
        return unsafe withContext(algorithm, EVP_DigestSignInit) { context in
            var length = 0
            guard
                unsafe EVP_DigestSign(context, nil, &length, message, message.count) == 1
            else { return nil }
            var signature = [UInt8](repeating: 0, count: length)
            guard
                unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1
            else { return nil }
            return Array(signature.prefix(length))
        }
    }

    /// Whether a signature (of ECDSA: in DER) is this key's.
    func verifies(
        _ signature: [UInt8],
        of message: [UInt8],
        _ algorithm: SigningAlgorithm
    ) -> Bool {
        defer { ERR_clear_error() }
        let isGood = unsafe withContext(algorithm, EVP_DigestVerifyInit) { context in
            unsafe EVP_DigestVerify(
                context,
                signature,
                signature.count,
                message,
                message.count
            ) == 1
        }
        return isGood ?? false
    }

    /// What begins a signature or its verification.
    private typealias Begin = (
        OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?, OpaquePointer?, OpaquePointer?,
        OpaquePointer?
    ) -> Int32

    private func withContext<Result>(
        _ algorithm: SigningAlgorithm,
        _ begin: Begin,
        _ body: (OpaquePointer) -> Result?
    ) -> Result? {
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        defer { unsafe EVP_MD_CTX_free(context) }
        var settings: OpaquePointer?
        let digest = unsafe algorithm == .edDSA ? nil : EVP_sha256()
        guard unsafe begin(context, &settings, digest, nil, pointer) == 1 else { return nil }
        if algorithm == .ps256 {
            // A salt as long as the hash (RFC 7518 section 3.5).
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return nil }
        }
        return unsafe body(context)
    }
}
