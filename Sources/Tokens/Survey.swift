internal import Credentials
internal import Synchronization

/// What the store holds, looked at again and again: a look opens only what has changed since.
///
/// Its calls block, and belong on the disk's threads.
final class Survey: Sendable {
    /// What one record turned out to be.
    enum Finding: Sendable {
        /// It holds this.
        case found(CredentialID, Credential)
        /// Nobody has it any more.
        case gone(CredentialID)
        /// It cannot be read; told once for each of its versions.
        case unreadable(StoreError)
    }

    /// A record that was seen.
    private struct Known {
        var stamp: UInt64
        /// `nil` for one that could not be read.
        var id: CredentialID?
        var look: Int
    }

    /// All that was seen.
    private struct State {
        var records: [String: Known] = [:]
        var looks = 0

        /// Notes the version of a record that was opened.
        mutating func note(_ record: StoredRecord, of id: CredentialID?) {
            records[record.name] = Known(stamp: record.stamp, id: id, look: looks)
        }
    }

    private let state = Mutex(State())

    /// What is to be opened, because it changed, and which credentials are gone.
    func look(
        at store: any CredentialStore
    ) throws(StoreError) -> (changed: [StoredRecord], gone: [CredentialID]) {
        let records = try store.records()
        return state.withLock { state in
            state.looks &+= 1
            var changed: [StoredRecord] = []
            for record in records {
                if state.records[record.name]?.stamp != record.stamp { changed.append(record) }
                state.records[record.name]?.look = state.looks
            }
            let gone = state.records.filter { $0.value.look != state.looks }
            for name in gone.keys { state.records[name] = nil }
            return (changed, gone.values.compactMap(\.id))
        }
    }

    /// Opens records that a look found changed.
    func open(_ records: [StoredRecord], of store: any CredentialStore) -> [Finding] {
        records.compactMap { record -> Finding? in
            do throws(StoreError) {
                let opened = try store.open(record)
                return state.withLock { state -> Finding? in
                    guard let (id, credential) = opened else {
                        let known = state.records.removeValue(forKey: record.name)
                        return known?.id.map { .gone($0) }
                    }
                    state.note(record, of: id)
                    return .found(id, credential)
                }
            } catch {
                state.withLock { $0.note(record, of: $0.records[record.name]?.id) }
                return .unreadable(error)
            }
        }
    }

    /// Whose records of a connection were seen, readable ones.
    func ids(of connection: String) -> [CredentialID] {
        state.withLock { state in
            state.records.values.compactMap(\.id).filter { $0.connection == connection }
        }
    }

    /// Has the next look open the records of some connections anew; says whether there are any.
    func forget(connections: Set<String>) -> Bool {
        guard !connections.isEmpty else { return false }
        return state.withLock { state in
            let before = state.records.count
            state.records = state.records.filter { _, known in
                known.id.map { !connections.contains($0.connection) } ?? true
            }
            return state.records.count < before
        }
    }
}
