package import Credentials
package import Crypto
package import Tokens

/// What the admin API does with credentials.
package protocol CredentialOperations: Sendable {
    /// A page of every configured connection and every tenant that has credentials, by name, and
    /// where the next page begins, if there is one.
    func states(
        tenant: String?,
        state: ConnectionState?,
        limit: Int,
        after cursor: String?
    ) async throws(CredentialRefusal) -> (states: [CredentialState], next: String?)

    /// The state of one credential.
    func state(of id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Refreshes now and waits for the end.
    func refresh(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Puts tokens that a person brings in the place of the stored ones; a refresh token is tried.
    func importCredential(
        _ id: CredentialID,
        refreshToken: Secret?,
        accessToken: Secret?,
        expiresAt: WallTime?,
        parameters: [String: String]
    ) async throws(CredentialRefusal) -> CredentialState
}

extension TokenService: CredentialOperations {}
