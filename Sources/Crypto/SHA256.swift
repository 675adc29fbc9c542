internal import COpenSSL

/// The hash function SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// How many bytes a digest has.
    package static let byteCount = 32

    /// The digest of bytes.
    package static func digest(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let made = unsafe bytes.withUnsafeBytes { message in
            unsafe digest.withUnsafeMutableBufferPointer { target in
                unsafe EVP_Digest(
                    message.baseAddress,
                    message.count,
                    target.baseAddress,
                    nil,
                    EVP_sha256(),
                    nil
                )
            }
        }
        // Without memory for its context OpenSSL cannot hash; a wrong digest must never pass for one.
        precondition(made == 1, "OpenSSL cannot compute SHA-256")
        return digest
    }

    /// The digest of an array of bytes.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] { digest(bytes.span) }

    /// The digest of a text's UTF-8 bytes.
    package static func digest(_ text: String) -> [UInt8] { digest(Array(text.utf8)) }

    /// The digest of a secret's bytes.
    package static func digest(_ secret: Secret) -> [UInt8] { secret.withBytes { digest($0) } }
}
