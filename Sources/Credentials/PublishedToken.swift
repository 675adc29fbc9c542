package import Time
import Synchronization

/// The slot through which one credential's token reaches every event loop.
///
/// A loop keeps a `TokenReader`: for each request it loads one number, and takes the lock only
/// after that number has changed.
package final class PublishedToken: Sendable {
    package let id: CredentialID
    private let stamp = Atomic<Int>(0)
    private let snapshot = Mutex<TokenSnapshot?>(nil)
    private let lastUse = Atomic<Int64>(.min)
    private let retired = Atomic<Bool>(false)

    /// Makes an empty slot.
    package init(id: CredentialID) {
        self.id = id
    }

    /// Changes with every publication; 0 before the first.
    package var currentStamp: Int { stamp.load(ordering: .acquiring) }

    /// The snapshot published last.
    package func read() -> TokenSnapshot? {
        snapshot.withLock { $0 }
    }

    /// Publishes a snapshot: from the return of this on, no loop finds an older one.
    package func publish(_ new: TokenSnapshot?) {
        snapshot.withLock { $0 = new }
        stamp.wrappingAdd(1, ordering: .releasing)
    }

    /// Publishes that there is nothing here any more: the credential has, or will have, another slot.
    package func retire() {
        retired.store(true, ordering: .releasing)
        publish(nil)
    }

    /// Whether the credential's slot has to be looked for again.
    package var isRetired: Bool { retired.load(ordering: .acquiring) }

    /// Notes that a request used the token now.
    ///
    /// Written at most once a second, so that loops do not fight over the memory line.
    package func noteUse(at now: Instant) {
        let last = lastUse.load(ordering: .relaxed)
        let (span, overflow) = now.nanoseconds.subtractingReportingOverflow(last)
        guard overflow || span >= 1_000_000_000 else { return }
        lastUse.store(now.nanoseconds, ordering: .relaxed)
    }

    /// When the token was last used, up to a second late; `nil`: never.
    package var lastUsed: Instant? {
        let nanoseconds = lastUse.load(ordering: .relaxed)
        return nanoseconds == .min ? nil : Instant(nanoseconds: nanoseconds)
    }
}

/// One event loop's view of a slot; belongs to that loop alone.
package struct TokenReader {
    /// The slot that is read.
    package let slot: PublishedToken
    private var stamp: Int
    private var snapshot: TokenSnapshot?

    /// Begins to read a slot.
    package init(_ slot: PublishedToken) {
        self.slot = slot
        stamp = slot.currentStamp
        snapshot = slot.read()
    }

    /// The snapshot of now; `changed` is true if it may be another one than the last time.
    package mutating func current() -> (snapshot: TokenSnapshot?, changed: Bool) {
        let now = slot.currentStamp
        guard now != stamp else { return (snapshot, false) }
        // The stamp is taken first: a publication in between is seen the next time.
        stamp = now
        snapshot = slot.read()
        return (snapshot, true)
    }
}
