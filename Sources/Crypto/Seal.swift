internal import COpenSSL

/// Why something could not be sealed or opened.
package enum SealError: Error, Equatable {
    /// The bytes are not a sealed message under this key with this associated data: a wrong key, or
    /// something changed them.
    case notAuthentic
    /// There are fewer bytes than the shortest sealed message has.
    case truncated
    /// The message is longer than 1 GiB.
    case tooLong
    /// OpenSSL refused, for want of memory or of the cipher.
    case unavailable
}

/// Authenticated encryption with AES-256-GCM (NIST SP 800-38D).
///
/// A sealed message is a random nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. Random
/// nonces allow 2^32 messages under one key, many more than a vault ever writes.
package enum Seal {
    /// How many bytes the nonce has.
    package static let nonceCount = 12
    /// How many bytes the tag has.
    package static let tagCount = 16

    private static let longest = 1 << 30

    /// Encrypts `plain` and binds it to `associated`, which is not encrypted and not in the result.
    ///
    /// - Throws: `SealError.tooLong`, `SealError.unavailable`.
    package static func seal(
        _ plain: [UInt8],
        key: SecretKey,
        associated: [UInt8]
    ) throws(SealError) -> [UInt8] {
        guard plain.count <= longest, associated.count <= longest else { throw .tooLong }
        let nonce = Random.bytes(nonceCount)
        let cipher = try Cipher(.sealing, key: key, nonce: nonce.span)
        try cipher.authenticate(associated.span)
        let ciphertext = try cipher.process(plain.span)
        guard cipher.finish() else { throw .unavailable }
        return nonce + ciphertext + (try cipher.tag())
    }

    /// Decrypts what `seal` made with the same key and the same `associated`.
    ///
    /// - Throws: `SealError.notAuthentic`, `SealError.truncated`, `SealError.tooLong`,
    ///   `SealError.unavailable`.
    package static func open(
        _ sealed: [UInt8],
        key: SecretKey,
        associated: [UInt8]
    ) throws(SealError) -> [UInt8] {
        guard sealed.count >= nonceCount + tagCount else { throw .truncated }
        guard sealed.count <= longest, associated.count <= longest else { throw .tooLong }
        let sealed = sealed.span
        let tagStart = sealed.count - tagCount
        let cipher = try Cipher(.opening, key: key, nonce: sealed.extracting(0..<nonceCount))
        try cipher.authenticate(associated.span)
        var plain = try cipher.process(sealed.extracting(nonceCount..<tagStart))
        try cipher.expect(tag: sealed.extracting(tagStart..<sealed.count))
        guard cipher.finish() else {
            // What an unauthentic message decrypts to must not be left lying about.
            plain.wipe()
            throw .notAuthentic
        }
        return plain
    }
}
