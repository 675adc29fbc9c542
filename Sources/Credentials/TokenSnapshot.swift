package import Time
package import Config
package import Crypto

/// What is published of one credential to every event loop: immutable, and all a request needs.
package struct TokenSnapshot: Sendable {
    package let id: CredentialID
    /// The stored generation; what was injected is named by it when an upstream refuses it.
    package let generation: Int
    /// The access token; `nil` if there is none or it must not be used.
    package let accessToken: Secret?
    package let tokenType: String?
    /// The kept fields of the reply, for templates.
    package let fields: [String: String]
    /// How the API is called, where a connector's JavaScript says it.
    package let client: MadeClient?
    /// When the token came, is due and ends.
    package let life: TokenLife
    package let status: CredentialStatus
    /// What to tell callers when `status` says that a person must act.
    package let fault: CredentialFault?

    /// Makes the snapshot of a credential; its token only if the status lets it be used.
    package init(id: CredentialID, credential: Credential, life: TokenLife) {
        self.id = id
        generation = credential.generation
        accessToken = credential.status == .connected ? credential.accessToken : nil
        tokenType = credential.tokenType
        fields = credential.fields
        client = credential.connector?.client
        self.life = life
        status = credential.status
        fault = credential.lastError
    }

    /// How good the token is at a moment; `.expired` if there is none.
    package func freshness(at now: Instant) -> Freshness {
        accessToken == nil ? .expired : life.freshness(at: now)
    }
}
