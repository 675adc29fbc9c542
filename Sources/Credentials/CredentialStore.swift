/// Keeps credentials, sealed and durable, for this process and others that share the vault.
///
/// All calls block: the driver makes them on the pool for disk work, never on an event loop.
package protocol CredentialStore: Sendable {
    /// The stored credential; `nil` if none was ever stored.
    ///
    /// - Throws: `StoreError` if there is one that cannot be read.
    func load(_ id: CredentialID) throws(StoreError) -> Credential?

    /// Stores a credential if what is stored still has a given generation; durable on return.
    ///
    /// The comparison and the store are one step, also against other processes, and whether or not
    /// the caller holds the lock. `generation` is what must be stored now; `nil`: nothing may be.
    /// - Throws: `StoreError.conflict` if another one is, any other error if nothing was changed.
    func store(
        _ credential: Credential,
        for id: CredentialID,
        replacing generation: Int?
    ) throws(StoreError)

    /// Forgets a credential wholly; one that is not there is no error.
    func delete(_ id: CredentialID) throws(StoreError)

    /// Every record that is stored, in no order; opens none, so that it is quick for many.
    func records() throws(StoreError) -> [StoredRecord]

    /// What a record holds now; `nil` if it is gone.
    ///
    /// - Throws: `StoreError` if it cannot be read.
    func open(_ record: StoredRecord) throws(StoreError) -> (id: CredentialID, Credential)?

    /// Takes the credential's lock unless somebody holds it; says whether it was taken.
    ///
    /// It counts across processes, and the kernel frees it when its holder dies.
    func tryLock(_ id: CredentialID) throws(StoreError) -> Bool

    /// Gives the lock back; without effect for one that is not held.
    func unlock(_ id: CredentialID)
}

/// One record as its store names it; whose it is shows when it is opened.
package struct StoredRecord: Hashable, Sendable {
    /// The store's own name for it.
    package let name: String
    /// Changes whenever the record does, and says nothing else.
    package let stamp: UInt64

    /// Notes a record.
    package init(name: String, stamp: UInt64) {
        self.name = name
        self.stamp = stamp
    }
}
