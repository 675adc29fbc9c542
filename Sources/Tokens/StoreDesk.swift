internal import Time
internal import Credentials
internal import IO
internal import Synchronization

/// The credential store as a loop may use it: its calls run on the disk's threads, are bounded in
/// time, and are counted.
final class StoreDesk: Sendable {
    private let store: any CredentialStore
    private let disk: BlockingPool
    private let patience: Patience
    let survey = Survey()
    private let counts = Mutex<[VaultOperation: Int]>([:])

    init(_ store: any CredentialStore, disk: BlockingPool, patience: Patience) {
        self.store = store
        self.disk = disk
        self.patience = patience
    }

    /// How often each operation was made, by result.
    var operations: [VaultOperation: Int] { counts.withLock { $0 } }

    /// Reads what is stored; `nil`: nothing.
    func load(
        _ id: CredentialID,
        until deadline: Instant
    ) async throws(FlightFault) -> Credential? {
        try await perform(.load, until: deadline) { store throws(StoreError) in
            try store.load(id)
        }
    }

    /// Reads many records in one job.
    func load(
        _ ids: [CredentialID],
        until deadline: Instant
    ) async -> [(id: CredentialID, result: Result<Credential?, FlightFault>)] {
        do throws(FlightFault) {
            return try await perform(.load, until: deadline) { store in
                ids.map { id in
                    let result = Result { () throws(StoreError) in try store.load(id) }
                    return (id: id, result: result.mapError { .vault($0) })
                }
            }
        } catch {
            return ids.map { (id: $0, result: .failure(error)) }
        }
    }

    /// Stores by comparison of generations; durable on return, of unknown result when late.
    func store(
        _ credential: Credential,
        for id: CredentialID,
        replacing generation: Int?,
        until deadline: Instant
    ) async throws(FlightFault) {
        try await perform(.store, until: deadline) { store throws(StoreError) in
            try store.store(credential, for: id, replacing: generation)
        }
    }

    /// Forgets a record wholly.
    func delete(_ id: CredentialID, until deadline: Instant) async throws(FlightFault) {
        try await perform(.delete, until: deadline) { store throws(StoreError) in
            try store.delete(id)
        }
    }

    /// What has changed in the store since the last look, to be opened, and what is gone.
    func look(
        until deadline: Instant
    ) async throws(FlightFault) -> (changed: [StoredRecord], gone: [CredentialID]) {
        let survey = survey
        return try await perform(.list, until: deadline) { store throws(StoreError) in
            try survey.look(at: store)
        }
    }

    /// Opens records in one job.
    func open(
        _ records: [StoredRecord],
        until deadline: Instant
    ) async throws(FlightFault) -> [Survey.Finding] {
        let survey = survey
        return try await perform(.load, until: deadline) { store in
            survey.open(records, of: store)
        }
    }

    /// Takes the credential's lock unless somebody holds it.
    ///
    /// A lock that comes after the deadline is given back.
    func tryLock(_ id: CredentialID, until deadline: Instant) async throws(FlightFault) -> Bool {
        try await perform(.lock, until: deadline) { store throws(StoreError) in
            try store.tryLock(id)
        } late: { store, taken in
            if taken { store.unlock(id) }
        }
    }

    /// Gives the lock back, soon and without being waited for.
    func unlock(_ id: CredentialID) async {
        let store = store
        if (try? await disk.run { store.unlock(id) }) == nil { store.unlock(id) }
    }

    private func perform<Value: Sendable>(
        _ kind: VaultOperation.Kind,
        until deadline: Instant,
        _ work: @escaping @Sendable (any CredentialStore) throws(StoreError) -> Value,
        late: @escaping @Sendable (any CredentialStore, Value) -> Void = { _, _ in }
    ) async throws(FlightFault) -> Value {
        let store = store
        let disk = disk
        let result = await patience.wait(until: deadline) {
            (result: Result<Value, StoreError>) in
            guard case .success(let value) = result else { return }
            _ = try? await disk.run { late(store, value) }
        } for: {
            await Self.run(work, with: store, on: disk)
        }
        count(kind, result.map { $0.map { _ in () } })
        switch result {
        case .success(let value)?: return value
        case .failure(let error)?: throw .vault(error)
        case nil: throw .timedOut
        }
    }

    private static func run<Value: Sendable>(
        _ work: @escaping @Sendable (any CredentialStore) throws(StoreError) -> Value,
        with store: any CredentialStore,
        on disk: BlockingPool
    ) async -> Result<Value, StoreError> {
        do throws(IOError) {
            return try await disk.run {
                Result { () throws(StoreError) in try work(store) }
            }
        } catch {
            return .failure(.unreachable(reason: "too much is waiting for the disk"))
        }
    }

    private func count(_ kind: VaultOperation.Kind, _ result: Result<Void, StoreError>?) {
        let outcome: VaultOperation.Result =
            switch result {
            case .success?: .ok
            case .failure(.conflict)?: .conflict
            case .failure?, nil: .error
            }
        counts.withLock { $0[VaultOperation(kind: kind, result: outcome), default: 0] &+= 1 }
    }
}
