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
    /// How many credentials take a new configuration before others have a turn on the loop.
    private static let reconfiguredAtOnce = 256

    package nonisolated let loop: EventLoop
    nonisolated let slots = SlotTable()
    let desk: StoreDesk
    let caller: TokenCaller
    let logger: Logger
    var connections: [String: ConnectionConfiguration]
    private(set) var lives: [CredentialID: LiveCredential] = [:]
    /// The most credentials in memory, but for those that are being used at one moment.
    let livesMax: Int
    var sweepAt: Int
    /// Where all tenants stand, in memory or not.
    var index = TenantIndex()
    var looks = Looks()
    /// Rings when a tenant is to be kept alive that is not in memory.
    var keepTimer: LoopTimer?
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
        self.connections = Dictionary(
            connections.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let patience = Patience(on: loop)
        desk = StoreDesk(store, disk: disk, patience: patience)
        caller = TokenCaller(on: loop, resolver: resolver, patience: patience)
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

    /// Takes a new configuration; flights go on all the same.
    ///
    /// What is published follows before this returns: the token of a connection that is gone is no
    /// longer there.
    package func reconfigure(_ new: [ConnectionConfiguration]) async {
        let old = connections
        connections = Dictionary(
            new.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for name in old.keys where connections[name] == nil { index.remove(connection: name) }
        desk.survey.forget(connections: changedNames(since: old))
        looks.expire()
        var rest = Array(lives.keys)[...]
        while !rest.isEmpty {
            // A credential that comes meanwhile has the new configuration already.
            for id in rest.prefix(Self.reconfiguredAtOnce) { lives[id].map(reconfigure) }
            rest = rest.dropFirst(Self.reconfiguredAtOnce)
            await Task.yield()
        }
        await caller.forgetTLS()
    }

    /// The connections of which stored credentials may mean something else than before.
    private func changedNames(since old: [String: ConnectionConfiguration]) -> Set<String> {
        Set(
            connections.values.filter { connection in
                guard let before = old[connection.name] else { return true }
                let id = CredentialID(connection: connection.name)
                return FlightRules(of: before, for: id).seed
                    != FlightRules(of: connection, for: id).seed
                    || before.tokens.keepAlive != connection.tokens.keepAlive
            }.map(\.name)
        )
    }

    private func reconfigure(_ live: LiveCredential) {
        guard let connection = connections[live.id.connection] else {
            live.connection = nil
            live.slot.publish(nil)
            live.wake(.again)
            return
        }
        live.connection = connection
        let rules = FlightRules(of: connection, for: live.id)
        if let replaced = live.machine.reconfigured(rules, at: moment()) {
            live.slot.publish(replaced.snapshot)
            live.wake(.again)
            changed(live)
        }
        arm(live)
    }

    /// Waits until no refresh is between its call and its store, and starts no more.
    ///
    /// - Returns: whether all ended before the deadline.
    @discardableResult
    package func stop(until deadline: Instant) async -> Bool {
        isStopping = true
        for live in lives.values {
            if let timer = live.timer { loop.cancel(timer) }
            live.pause?.resume(true)
        }
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

    /// The credential in use; `nil` for one whose connection is not configured.
    func live(_ id: CredentialID) -> LiveCredential? {
        guard let connection = connections[id.connection] else { return nil }
        if let live = lives[id] { return live }
        sweep()
        let live = LiveCredential(id, of: connection, slot: slots.slot(for: id))
        lives[id] = live
        return live
    }

    /// Forgets a credential that was removed from the vault with its connection.
    func forget(_ live: LiveCredential) {
        // A flight under way finds that it was overtaken, and stores nothing.
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
        return CredentialState(live.machine, of: connection, lastUsedAt: lastUsed)
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
