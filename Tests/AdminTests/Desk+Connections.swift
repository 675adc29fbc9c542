import Admin
import Config
import Connect
import Credentials
import Crypto
import JSON
import Registry
import Synchronization
import Testing
import Tokens

extension Desk: ConnectionOperations {
    func attempt(
        _ connection: ConnectionConfiguration,
        tenant: String?,
        refreshToken: Secret?
    ) async throws(CredentialRefusal) -> Attempt {
        let token = refreshToken?.reveal() ?? "-"
        let secret = connection.clientSecret?.reveal() ?? "-"
        try note("try \(connection.name) for \(tenant ?? "-"): \(token) \(secret)")
        return Attempt(
            TokenReply(accessToken: Secret(Desk.accessToken)),
            sentAt: WallTime(seconds: 1_795_255_200),
            refreshToken: refreshToken,
            fields: [:]
        )
    }

    func hold(_ id: CredentialID) async throws(CredentialRefusal) -> Int {
        state.withLock { state in
            state.held.insert(id)
            return state.stored[id]?.generation ?? 0
        }
    }

    func release(_ id: CredentialID) async { state.withLock { _ = $0.held.remove(id) } }

    func keep(
        _ attempt: Attempt,
        for id: CredentialID,
        under next: ConnectionConfiguration,
        moves: Bool
    ) async throws(CredentialRefusal) {
        #expect(state.withLock { $0.held.contains(id) })
        try note("keep \(id)\(moves ? " alone" : "")")
        let client = Desk.client(of: next)
        state.withLock { state in
            let generation = (state.stored[id]?.generation ?? 0) + 1
            state.stored[id] = Stored(generation: generation, client: client)
        }
    }

    func takeBack(
        _ attempt: Attempt,
        of id: CredentialID,
        from next: ConnectionConfiguration
    ) async throws(CredentialRefusal) {
        try note("take back \(id)")
        state.withLock { $0.stored[id] = nil }
    }

    func hasStored(
        of id: CredentialID,
        after generation: Int,
        under connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) -> Bool {
        try note("look for \(id)")
        guard let stored = state.withLock({ $0.stored[id] }) else { return false }
        return stored.generation > generation && stored.client == Desk.client(of: connection)
    }

    static func client(of connection: ConnectionConfiguration) -> SeedFingerprint {
        FlightRules(of: connection, for: CredentialID(connection: connection.name))
            .seed.withoutToken
    }

    func insert(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal) {
        state.withLock { $0.log.append("insert \(connection.name)") }
        try directory.insert(connection)
    }

    func replace(
        _ connection: ConnectionConfiguration
    ) async throws(ConnectionDirectory.Refusal) {
        state.withLock { $0.log.append("replace \(connection.name)") }
        try directory.replace(connection)
    }

    func remove(_ name: String) async throws(ConnectionDirectory.Refusal) {
        state.withLock { $0.log.append("remove \(name)") }
        try directory.remove(name)
    }

    func disown(
        before next: ConnectionConfiguration,
        except kept: CredentialID?
    ) async throws(CredentialRefusal) {
        try note("disown \(next.name)\(kept.map { " but \($0)" } ?? "")")
    }

    func forget(_ connection: ConnectionConfiguration) async throws(CredentialRefusal) {
        try note("forget and tell \(connection.name)")
    }

    func forget(connection name: String) async throws(CredentialRefusal) {
        try note("forget \(name)")
    }
}

/// A registry in memory that fails when told to.
final class MemoryRegistry: ConnectionKeeping {
    struct State {
        var content = RegistryContent()
        /// What a change of these fails with.
        var failures: [String: StoreError] = [:]
        /// The names that some process has the lock of.
        var locked: Set<String> = []
        var log: [String] = []
    }

    let state = Mutex(State())

    var log: [String] { state.withLock { $0.log } }

    /// What is there of a connection, in force.
    subscript(name: String) -> ConnectionMembers? {
        state.withLock { $0.content.entries[name]?.members }
    }

    /// Has one kind of change fail from now on, or no longer.
    func fail(_ change: String, _ error: StoreError?) {
        state.withLock { $0.failures[change] = error }
    }

    func lock(_ name: String) async throws(StoreError) -> Bool {
        state.withLock { $0.locked.insert(name).inserted }
    }

    func unlock(_ name: String) { state.withLock { _ = $0.locked.remove(name) } }

    func load() async throws(StoreError) -> RegistryContent { state.withLock { $0.content } }

    func has(_ name: String) async throws(StoreError) -> Bool {
        state.withLock { $0.content.entries[name] != nil }
    }

    func entry(of name: String) async throws(StoreError) -> RegistryEntry? {
        state.withLock { $0.content.entries[name] }
    }

    func stage(
        _ members: ConnectionMembers,
        bringing expected: ExpectedTokens?,
        as name: String
    ) async throws(StoreError) {
        try change("stage", name) { old in
            switch old {
            case .settled(let now)?, .changing(let now, _, _)?:
                .changing(now, next: members, bringing: expected)
            case .making?, .deleting?, nil: .making(members, bringing: expected)
            }
        }
    }

    func commit(_ name: String) async throws(StoreError) {
        try change("commit", name) { old in
            switch old {
            case .making(let next, _)?, .changing(_, let next, _)?: .settled(next)
            case .settled?, .deleting?, nil: old
            }
        }
    }

    func discard(_ name: String) async throws(StoreError) {
        try change("discard", name) { old in
            switch old {
            case .changing(let now, _, _)?: .settled(now)
            case .making?, nil: nil
            case .settled?, .deleting?: old
            }
        }
    }

    func mark(_ name: String) async throws(StoreError) {
        try change("mark", name) { _ in .deleting(.empty) }
    }

    func remove(_ name: String) async throws(StoreError) {
        try change("remove", name) { _ in nil }
    }

    private func change(
        _ what: String,
        _ name: String,
        _ body: (RegistryEntry?) -> RegistryEntry?
    ) throws(StoreError) {
        let failure = state.withLock { state in
            state.log.append("\(what) \(name)")
            if state.failures[what] == nil {
                state.content.entries[name] = body(state.content.entries[name])
            }
            return state.failures[what]
        }
        if let failure { throw failure }
    }
}

/// Invites people, unless they are to be led to another place than `https://app.test`.
struct FakeOffers: ConnectionOffers {
    func offer(
        connection: String,
        tenant: String?,
        returnURL: String?,
        parameters: [String: String]
    ) throws(OfferRefusal) -> Offer {
        if let returnURL, !mayReturn(to: returnURL) { throw .returnURLNotAllowed }
        if connection == "mail" { throw .wrongGrant("refresh_token") }
        let words = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = [connection, tenant ?? "-", returnURL ?? "-"] + words
        return Offer(
            url: "https://proxy.test/connect?\(text.joined(separator: "|"))",
            expiresAt: WallTime(seconds: 1_795_255_800)
        )
    }

    func mayReturn(to url: String) -> Bool { url.hasPrefix("https://app.test/") }
}
