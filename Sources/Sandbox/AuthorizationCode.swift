import Crypto

/// A code that the authorization endpoint gave out, and what it is bound to.
struct AuthorizationCode: Sendable {
    /// Seconds that a code works (RFC 6749 section 4.1.2 wants ten minutes at most).
    static let lifetime = 60.0

    let client: String
    let redirectURI: String
    /// Whether the request named the redirect URI, so that the exchange must name it too.
    let namedRedirectURI: Bool
    let scope: String
    /// The PKCE challenge, by S256 only (RFC 7636 section 4.2).
    let challenge: String?
    let expiresAt: Double
    /// Whether a refresh token was asked for, in any of the ways that providers have.
    let isOffline: Bool
    /// The family that the code brought, once it was used.
    var family: String?

    /// Whether the verifier is the one that the challenge was made from.
    func accepts(verifier: String?) -> Bool {
        guard let challenge else { return verifier == nil }
        guard let verifier, (43...128).contains(verifier.utf8.count) else { return false }
        let made = Base64URL.encode(SHA256.digest(verifier))
        return ConstantTime.equal(Array(made.utf8), Array(challenge.utf8))
    }
}
