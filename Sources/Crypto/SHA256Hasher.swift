internal import COpenSSL

/// SHA-256 of bytes that come piece by piece and are not kept.
@safe
package struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer?

    /// Begins a digest.
    package init() {
        unsafe context = EVP_MD_CTX_new()
        let begun = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        // Without memory for its context OpenSSL cannot hash; a wrong digest must never pass for one.
        precondition(begun == 1, "OpenSSL cannot compute SHA-256")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Takes in the next bytes.
    package mutating func update(_ bytes: Span<UInt8>) {
        let taken = unsafe bytes.withUnsafeBytes { message in
            unsafe EVP_DigestUpdate(context, message.baseAddress, message.count)
        }
        precondition(taken == 1, "OpenSSL cannot compute SHA-256")
    }

    /// The digest of all that was taken in.
    package consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
        let made = unsafe digest.withUnsafeMutableBufferPointer { target in
            unsafe EVP_DigestFinal_ex(context, target.baseAddress, nil)
        }
        precondition(made == 1, "OpenSSL cannot compute SHA-256")
        return digest
    }
}
