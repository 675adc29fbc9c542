package import Crypto

/// Says whether what the configuration gives for a connection is still what it was.
///
/// Three digests, as they differ in what becomes of the tokens that the vault has: another client
/// has the access token asked for again, another way of asking leaves all as it is, and another
/// first refresh token replaces all.
package struct SeedFingerprint: Hashable, Sendable {
    /// SHA-256 over token URI, client id, client secret and other proofs, in hexadecimal.
    package var client: String
    /// SHA-256 over how and what is asked for, in hexadecimal; `nil` if nobody noted it.
    package var request: String?
    /// SHA-256 over the first refresh token, in hexadecimal; `nil` if none is configured.
    package var refreshToken: String?

    /// Takes digests that were stored.
    package init(client: String, request: String?, refreshToken: String?) {
        self.client = client
        self.request = request
        self.refreshToken = refreshToken
    }

    /// Computes the fingerprint of a configuration.
    ///
    /// `others` are further proofs: a password, a key; `request` is how the client authenticates, and
    /// what it asks for.
    package init(
        tokenURI: String,
        clientID: String?,
        clientSecret: Secret?,
        others: [Secret] = [],
        request: [Secret] = [],
        refreshToken: Secret?
    ) {
        var bytes: [UInt8] = []
        SeedFingerprint.append(Array(tokenURI.utf8), to: &bytes)
        SeedFingerprint.append(clientID.map { Array($0.utf8) }, to: &bytes)
        SeedFingerprint.append(clientSecret.map(SHA256.digest), to: &bytes)
        for other in others { SeedFingerprint.append(SHA256.digest(other), to: &bytes) }
        client = Hex.encode(SHA256.digest(bytes))
        var asked: [UInt8] = []
        for part in request { SeedFingerprint.append(SHA256.digest(part), to: &asked) }
        self.request = Hex.encode(SHA256.digest(asked))
        self.refreshToken = refreshToken.map { Hex.encode(SHA256.digest($0)) }
    }

    /// What tells tokens that were had in one way from those of another, whatever the first refresh
    /// token is.
    package var withoutToken: SeedFingerprint {
        SeedFingerprint(client: client, request: request, refreshToken: nil)
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
