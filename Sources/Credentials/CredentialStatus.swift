/// Where a stored credential stands.
package enum CredentialStatus: String, Sendable, CaseIterable {
    /// No token was ever obtained, or all was deleted.
    case neverConnected = "never_connected"
    /// There are tokens, and nothing says that they do not work.
    case connected
    /// The provider refused for good; a person has to reconnect or to mend the configuration.
    case needsAuthorization = "needs_authorization"
    /// Revoked by a person; nothing is used until somebody reconnects or imports.
    case revoked
}

/// The last thing that went wrong with a credential, free of secrets.
package struct CredentialFault: Hashable, Sendable {
    /// The code that callers and the admin API show: `needs_authorization`, `configuration`, ….
    package var code: String
    /// What happened and what to mend, in words.
    package var message: String
    /// When it happened.
    package var at: WallTime

    /// Describes a failure.
    package init(code: String, message: String, at: WallTime) {
        self.code = code
        self.message = message
        self.at = at
    }
}
