import Credentials
import Support
import Synchronization

/// A store in memory that fails as a test tells it to.
final class MemoryStore: CredentialStore {
    struct State {
        var records: [CredentialID: Credential] = [:]
        /// Locks that are held, by us or by somebody else.
        var locked: Set<CredentialID> = []
        /// What the next stores of results (not of intents) throw.
        var storeFaults: [StoreError] = []
        /// What loading each of these throws.
        var damaged: Set<CredentialID> = []
        /// What was done, in order.
        var log: [String] = []
    }

    let state = Mutex(State())
    /// Called with each credential that is about to be loaded.
    let loading: @Sendable (CredentialID) -> Void
    /// Holds every opening of a record that was listed until it is opened; `nil`: none.
    let openGate: Gate?
    /// Called with each credential that was stored, before the call returns.
    let stored: @Sendable (Credential) -> Void

    init(
        _ records: [CredentialID: Credential] = [:],
        openGate: Gate? = nil,
        stored: @escaping @Sendable (Credential) -> Void = { _ in },
        loading: @escaping @Sendable (CredentialID) -> Void = { _ in }
    ) {
        self.loading = loading
        self.openGate = openGate
        self.stored = stored
        state.withLock { $0.records = records }
    }

    subscript(id: CredentialID) -> Credential? { state.withLock { $0.records[id] } }

    var log: [String] { state.withLock { $0.log } }

    func load(_ id: CredentialID) throws(StoreError) -> Credential? {
        loading(id)
        let (found, isDamaged) = state.withLock { state in
            state.log.append("load")
            return (state.records[id], state.damaged.contains(id))
        }
        if isDamaged { throw .damaged(record: "crm", reason: "test") }
        return found
    }

    func store(
        _ credential: Credential,
        for id: CredentialID,
        replacing generation: Int?
    ) throws(StoreError) {
        let fault: StoreError? = state.withLock { state in
            let stored = state.records[id]?.generation
            guard stored == generation else { return .conflict(stored: stored) }
            if credential.intent == nil, !state.storeFaults.isEmpty {
                state.log.append("store failed")
                return state.storeFaults.removeFirst()
            }
            state.log.append(credential.intent == nil ? "store" : "intent")
            state.records[id] = credential
            return nil
        }
        if let fault { throw fault }
        stored(credential)
    }

    func delete(_ id: CredentialID) throws(StoreError) {
        state.withLock { state in
            state.log.append("delete")
            state.records[id] = nil
            state.damaged.remove(id)
        }
    }

    func records() throws(StoreError) -> [StoredRecord] {
        state.withLock { state in
            state.log.append("list")
            return state.records.map { id, credential in
                let stamp = credential.generation * 2 + (credential.intent == nil ? 0 : 1)
                return StoredRecord(name: id.description, stamp: UInt64(stamp))
            }
        }
    }

    func open(_ record: StoredRecord) throws(StoreError) -> (id: CredentialID, Credential)? {
        openGate?.pass()
        let found = state.withLock { state in
            state.log.append("open \(record.name)")
            return state.records.first { $0.key.description == record.name }
        }
        guard let (id, credential) = found else { return nil }
        if state.withLock({ $0.damaged.contains(id) }) {
            throw .damaged(record: record.name, reason: "test")
        }
        return (id, credential)
    }

    func tryLock(_ id: CredentialID) throws(StoreError) -> Bool {
        state.withLock { state in
            let taken = state.locked.insert(id).inserted
            if taken { state.log.append("lock") }
            return taken
        }
    }

    func unlock(_ id: CredentialID) {
        state.withLock { state in
            state.log.append("unlock")
            state.locked.remove(id)
        }
    }
}
