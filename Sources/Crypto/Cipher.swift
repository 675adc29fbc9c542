internal import COpenSSL

/// One run of AES-256-GCM: OpenSSL's context, freed and wiped at the end.
@safe
struct Cipher: ~Copyable {
    /// Which way the bytes go.
    enum Direction {
        case sealing
        case opening
    }

    private let context: OpaquePointer

    /// Starts a run.
    ///
    /// - Throws: `SealError.unavailable` when OpenSSL has no memory or no such cipher.
    init(_ direction: Direction, key: SecretKey, nonce: Span<UInt8>) throws(SealError) {
        guard nonce.count == Seal.nonceCount, let context = unsafe EVP_CIPHER_CTX_new() else {
            throw .unavailable
        }
        let way: Int32 = direction == .sealing ? 1 : 0
        let begun = key.withBytes { key in
            unsafe key.withUnsafeBufferPointer { key in
                unsafe nonce.withUnsafeBufferPointer { nonce in
                    unsafe EVP_CipherInit_ex(
                        context,
                        EVP_aes_256_gcm(),
                        nil,
                        key.baseAddress,
                        nonce.baseAddress,
                        way
                    )
                }
            }
        }
        guard begun == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw .unavailable
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Takes in the associated data, which must come before the message.
    func authenticate(_ associated: Span<UInt8>) throws(SealError) {
        guard associated.count > 0 else { return }
        guard let length = Int32(exactly: associated.count) else { throw .tooLong }
        var written: Int32 = 0
        let done = unsafe associated.withUnsafeBufferPointer {
            unsafe EVP_CipherUpdate(context, nil, &written, $0.baseAddress, length)
        }
        guard done == 1 else { throw .unavailable }
    }

    /// Encrypts or decrypts the whole message.
    func process(_ message: Span<UInt8>) throws(SealError) -> [UInt8] {
        guard message.count > 0 else { return [] }
        guard let length = Int32(exactly: message.count) else { throw .tooLong }
        var output = [UInt8](repeating: 0, count: message.count)
        var written: Int32 = 0
        let done = unsafe message.withUnsafeBufferPointer { message in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe EVP_CipherUpdate(
                    context,
                    output.baseAddress,
                    &written,
                    message.baseAddress,
                    length
                )
            }
        }
        guard done == 1, written == length else { throw .unavailable }
        return output
    }

    /// Says which tag the message must have, when opening.
    func expect(tag: Span<UInt8>) throws(SealError) {
        var tag = unsafe tag.withUnsafeBufferPointer { unsafe Array($0) }
        let count = Int32(Seal.tagCount)
        let done = unsafe tag.withUnsafeMutableBytes {
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, count, $0.baseAddress)
        }
        guard done == 1 else { throw .unavailable }
    }

    /// Ends the run; when opening, answers whether the tag was right.
    func finish() -> Bool {
        // GCM writes nothing more here, but the call wants a place to write to.
        var rest = [UInt8](repeating: 0, count: 32)
        var written: Int32 = 0
        let done = unsafe rest.withUnsafeMutableBufferPointer {
            unsafe EVP_CipherFinal_ex(context, $0.baseAddress, &written)
        }
        return done == 1
    }

    /// The tag of what was sealed.
    func tag() throws(SealError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: Seal.tagCount)
        let count = Int32(tag.count)
        let done = unsafe tag.withUnsafeMutableBytes {
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, count, $0.baseAddress)
        }
        guard done == 1 else { throw .unavailable }
        return tag
    }
}
