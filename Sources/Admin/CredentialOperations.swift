package import Credentials
package import Crypto
package import Tokens

/// What the admin API does with credentials.
package protocol CredentialOperations: Sendable {
    /// A page of every configured connection and every tenant that has credentials, by name, where
    /// the next page begins, if there is one, and whether all tenants are known by now.
    func states(
        tenant: String?,
        state: ConnectionState?,
        limit: Int,
        after cursor: String?
    ) async throws(CredentialRefusal) -> (states: [CredentialState], next: String?, isWhole: Bool)

    /// The state of one credential.
    func state(of id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Refreshes now and waits for the end.
    func refresh(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Removes the tokens, tells the provider, and serves nothing until somebody reconnects.
    func revoke(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Removes the tokens and tells the provider; a file's unchanged first refresh token is not used
    /// again.
    func delete(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Makes the call that shows whether a connection works.
    func test(_ id: CredentialID) async throws(CredentialRefusal) -> TestResult

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
