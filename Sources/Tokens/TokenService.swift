package import Time
package import Config
package import Credentials
package import IO
package import Log
internal import HTTP

/// Keeps every credential fresh: the driver of the flight machines.
///
/// It lives on a loop of its own, so that refreshing never delays requests. A flight is nobody's
/// child: whoever starts it may go away. Everything here is bounded in time, but for one thing: a
/// new token that cannot be stored is kept, and stored again, until the program ends.
package actor TokenService: LoopActor, TokenSource {
    /// The longest that one operation of the vault may take.
    static let vaultPatience: Duration = .seconds(10)
    /// The longest that looking through what is stored may take.
    static let listPatience: Duration = .seconds(60)

    package nonisolated let loop: EventLoop
    nonisolated let slots = SlotTable()
    let desk: StoreDesk
    let outbound: OutboundCaller
    let caller: TokenCaller
    let hooks: HookDesk
    let logger: Logger
    /// Every connection there is; changed through this service alone.
    package nonisolated let directory: ConnectionDirectory
    /// The directory's connections, as this service knows them.
    var connections: [String: ConnectionConfiguration]
    private(set) var lives: [CredentialID: LiveCredential] = [:]
    /// Those in memory that have yet to follow a change of their connection.
    var outdated: Set<CredentialID> = []
    /// Those whose connections are being made or changed.
    var held: [CredentialID: HeldCredential] = [:]
    /// The most credentials in memory, but for those that are being used at one moment.
    let livesMax: Int
    var sweepAt: Int
    /// Where all tenants stand, in memory or not.
    var index = TenantIndex()
    var looks = Looks()
    /// How many providers are being told of tokens of which nothing is stored.
    var orphans = 0
    /// The pauses before they are told again, which the program's end cuts short.
    var orphanPauses: [TimedWait<Bool>] = []
    /// Rings when a tenant is to be kept alive that is not in memory.
    var keepTimer: LoopTimer?
    /// The clients that are refused.
    var clientPauses: [ClientKey: ClientPause] = [:]
    /// Where the flights of each connection wait for their turn.
    var gates: [String: CallGate] = [:]
    /// Refreshes and imports under way, which the end waits for.
    private var underWay = 0
    private var endWaits: [TimedWait<Bool>] = []
    private(set) var isStopping = false
    private var observers: [@Sendable (CredentialState) -> Void] = []
    private var counts: [String: RefreshCounts] = [:]

    /// Makes the service of some connections; nothing is loaded before it is asked for.
    ///
    /// The loop is the control loop, on which no requests are served; the store's calls block the
    /// threads of `disk`.
    package init(
        _ connections: [ConnectionConfiguration],
        store: any CredentialStore,
        on loop: EventLoop,
        resolver: Resolver,
        disk: BlockingPool = BlockingPool(name: "disk", threadsMax: 4),
        livesMax: Int = 50_000,
        logger: Logger = .silent
    ) {
        self.livesMax = livesMax
        sweepAt = min(Self.livesBeforeSweep, livesMax)
        self.loop = loop
        self.logger = logger
        directory = ConnectionDirectory(file: connections)
        self.connections = directory.connections
        let patience = Patience(on: loop)
        desk = StoreDesk(store, disk: disk, patience: patience)
        outbound = OutboundCaller(on: loop, resolver: resolver, patience: patience)
        caller = TokenCaller(outbound: outbound, disk: disk, patience: patience)
        hooks = HookDesk(outbound: outbound, patience: patience)
    }

    /// The slot to which a credential's token is published.
    package nonisolated func slot(for id: CredentialID) -> PublishedToken { slots.slot(for: id) }

    /// What is called, on this service's loop, with each credential that has changed.
    package func observe(_ observer: @escaping @Sendable (CredentialState) -> Void) {
        observers.append(observer)
    }

    /// The refreshes of each connection since the start, over all its tenants.
    package func refreshCounts() -> [String: RefreshCounts] { counts }

    /// The vault's operations since the start.
    package nonisolated var vaultOperations: [VaultOperation: Int] { desk.operations }

    /// How many credentials are in memory, whatever the vault holds.
    package var countInMemory: Int { lives.count }

    /// Waits until no refresh is between its call and its store, and starts no more.
    ///
    /// - Returns: whether all ended before the deadline.
    @discardableResult
    package func stop(until deadline: Instant) async -> Bool {
        isStopping = true
        for live in lives.values {
            if let timer = live.timer { loop.cancel(timer) }
            live.pause?.resume(true)
            live.tellPause?.resume(true)
        }
        for pause in orphanPauses { pause.resume(true) }
        guard underWay > 0 else { return true }
        let wait = TimedWait(atDeadline: false)
        endWaits.append(wait)
        return await wait.wait(on: loop, until: deadline)
    }

    /// Notes that something began which the end must wait for; each is followed by `finished`.
    func began() { underWay &+= 1 }

    /// Notes that it ended.
    func finished() {
        underWay &-= 1
        guard underWay == 0 else { return }
        let waits = endWaits
        endWaits = []
        for wait in waits { wait.resume(true) }
    }

    /// Both clocks and a random number.
    nonisolated func moment() -> Moment {
        Moment(
            instant: .now,
            wall: WallTime(seconds: WallClock.now),
            chance: Double.random(in: 0..<1)
        )
    }

    /// The credential if it is in memory, under the configuration of now.
    func current(_ id: CredentialID) -> LiveCredential? {
        let isOutdated = outdated.remove(id) != nil
        guard let live = lives[id] else { return nil }
        if isOutdated { reconfigure(live) }
        return live
    }

    /// The credential in use; `nil` for one whose connection is not configured.
    func live(_ id: CredentialID) -> LiveCredential? {
        guard let connection = connections[id.connection] else { return nil }
        if let live = current(id) { return live }
        sweep()
        let live = LiveCredential(id, of: connection, slot: slots.slot(for: id))
        lives[id] = live
        return live
    }

    /// Forgets a credential that was removed from the vault with its connection.
    func forget(_ live: LiveCredential) {
        // A flight under way finds that it was overtaken, stores nothing, and ends what it got.
        live.orphans = live.machine.flightsStarted
        _ = live.machine.replaced(with: Credential(), at: moment())
        live.connection = nil
        live.wake(.again)
        index[live.id] = nil
        remove(live)
    }

    /// Takes a credential out of the memory.
    func remove(_ live: LiveCredential) {
        if let timer = live.timer { loop.cancel(timer) }
        lives[live.id] = nil
        slots.forget(live.id)
    }

    /// Notes where a credential stands now, and tells those who watch.
    func changed(_ live: LiveCredential) {
        note(live)
        guard !observers.isEmpty, let state = state(of: live) else { return }
        for observer in observers { observer(state) }
    }

    /// What people may see of a credential in use; `nil` once its connection is gone.
    func state(of live: LiveCredential) -> CredentialState? {
        guard let connection = live.connection else { return nil }
        let now = moment()
        let lastUsed = live.slot.lastUsed.map {
            now.wall.advanced(by: -now.instant.duration(since: $0).inSeconds)
        }
        return CredentialState(
            live.machine,
            of: connection,
            lastUsedAt: lastUsed,
            fault: live.tellFault
        )
    }

    /// Counts how a refresh came out.
    func count(_ result: RefreshCounts.Result, of id: CredentialID) {
        counts[id.connection, default: RefreshCounts()].count(result)
    }

    /// Counts how long a call took.
    func took(_ duration: Duration, for id: CredentialID) {
        counts[id.connection, default: RefreshCounts()].took(duration.inSeconds)
    }
}
