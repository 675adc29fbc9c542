package import Config

/// How the scopes that a provider granted differ from those that were asked for (RFC 6749 section
/// 3.3); it may grant others, and the token is used all the same.
package struct ScopeDifference: Hashable, Sendable {
    /// Asked for and not granted, in the order of the asking.
    package private(set) var missing: [String] = []
    /// Granted without having been asked for, in the order of the granting.
    package private(set) var extra: [String] = []

    /// No difference.
    package init() {}

    /// Compares what a connection asks for with what a credential was granted.
    ///
    /// None where nothing was asked for, so that the provider chose, and where it did not say what
    /// it granted: then it is what was asked for (RFC 6749 section 5.1).
    package init(of credential: Credential, for connection: ConnectionConfiguration) {
        let asked = connection.scopes.flatMap(connection.scopeWords)
        guard !asked.isEmpty, let scopes = credential.scopes else { return }
        let granted = connection.scopeWords(scopes)
        // It asks for a refresh token, and many who give one do not name it as a scope.
        let isOffline = credential.refreshToken != nil
        missing = Set(granted).missing(of: asked).filter { !isOffline || $0 != "offline_access" }
        extra = Set(asked).missing(of: granted)
    }
}

extension Set<String> {
    /// The words that are not in this set, each once.
    fileprivate func missing(of words: [String]) -> [String] {
        var seen = self
        return words.filter { seen.insert($0).inserted }
    }
}
