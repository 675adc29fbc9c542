internal import Credentials
internal import Synchronization

/// The slots to which tokens are published, found from any thread.
final class SlotTable: Sendable {
    /// The most slots: tenants are named by callers, who must not fill the memory.
    private static let slotsMax = 200_000

    private let slots = Mutex<[CredentialID: PublishedToken]>([:])

    /// The slot of a credential.
    ///
    /// When the table is full, one that nothing is ever published to: its requests ask the service.
    func slot(for id: CredentialID) -> PublishedToken {
        slots.withLock { slots in
            if let found = slots[id] { return found }
            let made = PublishedToken(id: id)
            if slots.count < Self.slotsMax { slots[id] = made }
            return made
        }
    }

    /// Takes a slot out of use: its readers ask for the credential's slot again.
    func forget(_ id: CredentialID) {
        slots.withLock { $0.removeValue(forKey: id) }?.retire()
    }
}
