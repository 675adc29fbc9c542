package import Crypto

/// What is stored for one connection (and tenant).
///
/// Not `Codable` on purpose: only `CredentialRecord` turns the secrets into text.
package struct Credential: Equatable, Sendable {
    /// The access token; `nil` before the first one and after a revocation.
    package var accessToken: Secret?
    /// The type that the provider gave, as written.
    package var tokenType: String?
    /// When the request that brought the access token was sent.
    package var obtainedAt: WallTime?
    /// When the access token ends; `nil` if nobody said.
    package var expiresAt: WallTime?
    /// The access token's whole life in seconds; `nil` if unknown (an import knows only its end).
    package var lifetime: Double?
    /// The refresh token; `nil` where the grant has none.
    package var refreshToken: Secret?
    /// When the refresh token ends, if the provider says so; shown, never acted upon.
    package var refreshExpiresAt: WallTime?
    /// The granted scopes, separated by spaces; `nil` if the provider never said.
    package var scopes: String?
    /// The fields of the reply that the configuration asked to keep.
    package var fields: [String: String]
    /// What the connection's connector made, if it has one.
    package var connector: ConnectorState?
    /// Grows by one with every stored change; an intent alone is not a change.
    package var generation: Int
    /// Where the credential stands.
    package var status: CredentialStatus
    /// The last thing that went wrong, cleared by success.
    package var lastError: CredentialFault?
    /// The refresh that was about to be asked for, if no answer has been stored since.
    package var intent: Intent?
    /// What the configuration said when the tokens were obtained.
    package var seed: SeedFingerprint?
    /// Whether the first refresh token of `seed` must not be used again: a person deleted this.
    package var seedConsumed: Bool
    /// Tokens taken away earlier, of which the provider is still to be told.
    package var withdrawals: [Withdrawal]

    /// Makes the credential of a connection that was never connected.
    package init() {
        fields = [:]
        generation = 0
        status = .neverConnected
        seedConsumed = false
        withdrawals = []
    }
}
