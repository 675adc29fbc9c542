internal import COpenSSL

/// The keyed hash HMAC (RFC 2104) over SHA-256.
package enum HMACSHA256 {
    /// The 32 bytes of the code for a message under a key of any length.
    package static func code(for message: Span<UInt8>, key: Secret) -> [UInt8] {
        // Keys are padded with zeros, and OpenSSL takes no empty one.
        let key = key.isEmpty ? Secret(bytes: [0]) : key
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        var length = 0
        let made = key.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBytes { message in
                    unsafe code.withUnsafeMutableBufferPointer { target in
                        unsafe EVP_Q_mac(
                            nil,
                            "HMAC",
                            nil,
                            "SHA256",
                            nil,
                            key.baseAddress,
                            key.count,
                            message.baseAddress,
                            message.count,
                            target.baseAddress,
                            target.count,
                            &length
                        ) != nil
                    }
                }
            }
        }
        // As with SHA-256: a wrong code must never pass for one.
        precondition(made && length == SHA256.byteCount, "OpenSSL cannot compute HMAC-SHA-256")
        return code
    }

    /// The code for an array of bytes.
    package static func code(for message: [UInt8], key: Secret) -> [UInt8] {
        code(for: message.span, key: key)
    }
}
