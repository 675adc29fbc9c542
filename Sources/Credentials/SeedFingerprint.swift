package import Crypto

/// Says whether what the configuration gives for a connection is still what it was.
///
/// Two digests, so that a new client secret is told from a new first refresh token: the first
/// keeps the refresh token that the vault has rotated meanwhile, the second replaces it.
package struct SeedFingerprint: Hashable, Sendable {
    /// SHA-256 over token URI, client id, client secret and other proofs, in hexadecimal.
    package var client: String
    /// SHA-256 over the first refresh token, in hexadecimal; `nil` if none is configured.
    package var refreshToken: String?

    /// Takes digests that were stored.
    package init(client: String, refreshToken: String?) {
        self.client = client
        self.refreshToken = refreshToken
    }

    /// Computes the fingerprint of a configuration; `others` are further proofs: a password, a key.
    package init(
        tokenURI: String,
        clientID: String?,
        clientSecret: Secret?,
        others: [Secret] = [],
        refreshToken: Secret?
    ) {
        var bytes: [UInt8] = []
        SeedFingerprint.append(Array(tokenURI.utf8), to: &bytes)
        SeedFingerprint.append(clientID.map { Array($0.utf8) }, to: &bytes)
        SeedFingerprint.append(clientSecret.map(SHA256.digest), to: &bytes)
        for other in others { SeedFingerprint.append(SHA256.digest(other), to: &bytes) }
        client = Hex.encode(SHA256.digest(bytes))
        self.refreshToken = refreshToken.map { Hex.encode(SHA256.digest($0)) }
    }

    /// Adds a part behind its length, so that no two lists of parts give the same bytes.
    private static func append(_ part: [UInt8]?, to bytes: inout [UInt8]) {
        guard let part else {
            bytes.append(0)
            return
        }
        bytes.append(1)
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        bytes.append(contentsOf: part)
    }
}
