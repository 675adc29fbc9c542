internal import Time
internal import Config
internal import Credentials
internal import IO

/// One credential in use: its machine, where its token is published, and who waits for it.
///
/// Belongs to the service's loop alone.
final class LiveCredential {
    /// Why somebody who waited goes on.
    enum Wake: Sendable {
        /// The flight ended.
        case ended(FlightEnd)
        /// Something changed: ask again.
        case again
        /// The deadline came.
        case late
    }

    /// Whether the stored credential was looked at.
    enum Loading {
        case untried, running, tried
    }

    let slot: PublishedToken
    /// `nil` when a reload took it out of the configuration.
    var connection: ConnectionConfiguration?
    var machine: FlightMachine
    var loading = Loading.untried
    /// When it was last looked at again because it needed a person.
    var lookedAt: Instant?
    var timer: LoopTimer?
    /// How many calls have it in hands while they wait for something: it stays in memory.
    var users = 0
    /// The pause before a result is stored again, which the program's end cuts short.
    var pause: TimedWait<Bool>?
    /// Whether the provider is being told of tokens that were taken away.
    var isTelling = false
    /// The pause before it is told again, which the program's end cuts short.
    var tellPause: TimedWait<Bool>?
    var tellBackOff = BackOff()
    /// Why it was not told yet.
    var tellFault: CredentialFault?
    /// The number of the last flight whose tokens nobody will want, nor those of the flights before:
    /// what they fly for was taken away meanwhile, with all that is stored.
    var orphans = 0
    /// What the log has of scopes that were granted otherwise than asked for.
    var reportedScopes = ScopeDifference()
    private var waiters: [TimedWait<Wake>] = []
    private var tidyAt = 1024

    init(_ id: CredentialID, of connection: ConnectionConfiguration, slot: PublishedToken) {
        self.slot = slot
        self.connection = connection
        machine = FlightMachine(id: id, rules: FlightRules(of: connection, for: id))
    }

    var id: CredentialID { machine.id }

    /// Waits for the end of the flight, for a change, or for the deadline.
    func wait(on loop: EventLoop, until deadline: Instant) async -> Wake {
        if waiters.count >= tidyAt {
            // Who left at a deadline of their own is still in the list.
            waiters.removeAll { !$0.isWaiting }
            tidyAt = max(1024, waiters.count &* 2)
        }
        let wait = TimedWait(atDeadline: Wake.late)
        waiters.append(wait)
        return await wait.wait(on: loop, until: deadline)
    }

    /// Sends everybody on who waits.
    func wake(_ reason: Wake) {
        let woken = waiters
        waiters = []
        tidyAt = 1024
        for wait in woken { wait.resume(reason) }
    }

    /// Whether there are no tokens, nor were there any since they were deleted.
    var hasNothing: Bool {
        !machine.isStored || machine.snapshot?.status == .neverConnected
    }

    /// Whether nothing is lost if this is let go and loaded again.
    func isIdle(at now: Moment) -> Bool {
        id.tenant != nil && users == 0 && loading == .tried && machine.isAtRest(at: now)
            && machine.credential.withdrawals.isEmpty
    }
}
