import Config
import Credentials
import Crypto
import Synchronization
import Time

/// Tokens that a test hands out itself.
final class FakeTokens: TokenSource {
    struct Rejection: Equatable, Sendable {
        let generation: Int
        let mayReplay: Bool
    }

    private struct State {
        var slots: [CredentialID: PublishedToken] = [:]
        var answer: @Sendable (CredentialID) -> TokenAnswer = { _ in
            .unavailable(retryAfter: .seconds(7), message: "None here.")
        }
        var afterRejection: @Sendable (CredentialID) -> RejectedAnswer = { _ in .passThrough }
        var rejections: [Rejection] = []
        var asked = 0
    }

    private let state = Mutex(State())

    var rejections: [Rejection] { state.withLock { $0.rejections } }
    /// How often a request had to ask.
    var asked: Int { state.withLock { $0.asked } }

    /// What requests are told that find no good token published.
    func answer(_ answer: @escaping @Sendable (CredentialID) -> TokenAnswer) {
        state.withLock { $0.answer = answer }
    }

    /// What requests are told whose token was refused.
    func afterRejection(_ answer: @escaping @Sendable (CredentialID) -> RejectedAnswer) {
        state.withLock { $0.afterRejection = answer }
    }

    /// Publishes a token that is good for an hour.
    func publish(
        _ token: String,
        generation: Int,
        for connection: String = "api",
        tenant: String? = nil
    ) {
        let id = CredentialID(connection: connection, tenant: tenant)
        slot(for: id).publish(Self.snapshot(token, generation: generation, for: id))
    }

    /// Gives up the slot of a credential, which gets another one.
    func retire(_ id: CredentialID) {
        state.withLock { $0.slots.removeValue(forKey: id) }?.retire()
    }

    static func snapshot(
        _ token: String,
        generation: Int,
        for id: CredentialID = CredentialID(connection: "api"),
        lifetime: Double = 3600
    ) -> TokenSnapshot {
        var credential = Credential()
        credential.accessToken = Secret(token)
        credential.generation = generation
        credential.status = .connected
        let life = TokenLife(
            obtainedAt: .now,
            expiresAt: Instant.now + .seconds(Int(lifetime)),
            lifetime: lifetime,
            policy: TokenPolicy(),
            renewable: true
        )
        return TokenSnapshot(id: id, credential: credential, life: life)
    }

    func slot(for id: CredentialID) -> PublishedToken {
        state.withLock { state in
            if let slot = state.slots[id] { return slot }
            let slot = PublishedToken(id: id)
            state.slots[id] = slot
            return slot
        }
    }

    func token(for id: CredentialID, until deadline: Instant) async -> TokenAnswer {
        let answer = state.withLock { state in
            state.asked += 1
            return state.answer
        }
        return answer(id)
    }

    func rejected(
        _ id: CredentialID,
        generation: Int,
        mayReplay: Bool,
        until deadline: Instant
    ) async -> RejectedAnswer {
        let answer = state.withLock { state in
            state.rejections.append(Rejection(generation: generation, mayReplay: mayReplay))
            return state.afterRejection
        }
        return answer(id)
    }
}
