package import Crypto

/// What a token endpoint gave, read and checked: every token in it may stand in a header.
package struct TokenReply: Equatable, Sendable {
    package var accessToken: Secret
    package var tokenType: String?
    /// The access token's life in seconds from the sending of the request; `nil`: unknown.
    package var lifetime: Double?
    /// The access token's end, for providers that give a time instead of a life.
    package var expiresAt: WallTime?
    package var refreshToken: Secret?
    /// The refresh token's life in seconds from the sending of the request; `nil`: unknown.
    package var refreshLifetime: Double?
    /// The refresh token's end, for providers that give a time instead of a life.
    package var refreshExpiresAt: WallTime?
    /// The granted scopes, separated by spaces.
    package var scopes: String?
    /// The fields that the configuration asked to keep.
    package var fields: [String: String] = [:]

    /// What a connector made of it.
    package var connector: ConnectorState?
    /// What failed after the provider had answered: nothing but the refresh token is of use, which
    /// may be the only one that still works.
    package var defect: String?

    /// Makes a reply that holds an access token and nothing else.
    package init(accessToken: Secret) {
        self.accessToken = accessToken
    }
}

/// How a call to a token endpoint came out.
package enum TokenOutcome: Equatable, Sendable {
    /// A usable token.
    case success(TokenReply)
    /// It may work later: not reached, overloaded, or an answer that cannot be used.
    case transient(retryAfter: Duration?, code: String, message: String)
    /// The refresh token or grant is not accepted (any more): a person has to reconnect.
    case invalidGrant(message: String)
    /// The client or what it asks for is not accepted: somebody has to mend the configuration.
    case configuration(code: String, message: String)
    /// Refused, and not in words that say why: five in a row on a refresh count as a refusal.
    case unexplained(message: String)
}
