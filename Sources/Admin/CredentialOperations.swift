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

    /// Removes the tokens, tells the provider, and serves nothing until somebody reconnects.
    func revoke(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Removes the tokens and tells the provider; a file's unchanged first refresh token is not used
    /// again.
    func delete(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState

    /// Revokes what every account of a connection has.
    func revokeAll(of connection: String) async throws(CredentialRefusal)

    /// Puts tokens that a person brings in the place of the stored ones; a refresh token is tried.
    func importCredential(
        _ id: CredentialID,
        refreshToken: Secret?,
        accessToken: Secret?,
        expiresAt: WallTime?,
        parameters: [String: String]
    ) async throws(CredentialRefusal) -> CredentialState
}

extension TokenService: CredentialOperations {
    /// Removes the tokens, and serves nothing until somebody reconnects.
    package func revoke(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        let withdrawn: Withdrawn = try await revoke(id)
        return withdrawn.state
    }

    /// Removes the tokens, and leaves a mark.
    package func delete(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        let withdrawn: Withdrawn = try await delete(id)
        return withdrawn.state
    }

    /// Tells nobody yet.
    package func revokeAll(of connection: String) async throws(CredentialRefusal) {}
}
