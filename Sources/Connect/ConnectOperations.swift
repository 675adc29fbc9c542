package import Config
package import Credentials
package import OAuth
package import Tokens

/// What connecting does with credentials.
package protocol ConnectOperations: Sendable {
    /// Turns what a provider gave into stored credentials.
    func connect(
        _ id: CredentialID,
        with grant: TokenGrant,
        fields: [String: String],
        query: [String: String]
    ) async throws(CredentialRefusal) -> CredentialState

    /// The connection as it is for an account, where a connector configures it for each.
    func configured(
        _ values: TemplateValues,
        redirectURI: String?,
        state: String?
    ) async throws(CredentialRefusal) -> ConnectionConfiguration

    /// The provider's endpoints, with what its server says of itself.
    func endpoints(for values: TemplateValues) async throws(CredentialRefusal) -> Endpoints

    /// Finds out whether a connection works.
    func test(_ id: CredentialID) async throws(CredentialRefusal) -> TestResult
}

extension TokenService: ConnectOperations {}

/// Remembers, over restarts too, what may be used once only.
package protocol UsedMarks: Sendable {
    /// Uses something up, of which `id` is the name and which is good until the second `expiry`;
    /// false if it was used before.
    ///
    /// - Throws: `MarksUnavailable`; it must then count as used.
    func spend(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool

    /// Whether something was used up.
    ///
    /// - Throws: `MarksUnavailable`.
    func isSpent(_ id: [UInt8], until expiry: Int) async throws(MarksUnavailable) -> Bool
}

/// What was used up cannot be recorded or looked up.
package struct MarksUnavailable: Error {
    package let reason: String

    /// Says why, for the log.
    package init(reason: String) {
        self.reason = reason
    }
}
