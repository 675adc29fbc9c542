internal import Time
package import IO

/// The connections of one event loop to one upstream: leased, idle, and who waits for one.
///
/// An upstream may have several addresses, where its host comes out of a credential; the budget
/// counts them all.
package final class UpstreamPool {
    /// How long the steps of getting a connection may take.
    package struct Timing {
        package var connect: Duration
        package var queue: Duration

        package init(connect: Duration, queue: Duration) {
            self.connect = connect
            self.queue = queue
        }
    }

    private let loop: EventLoop
    private let buffers: BufferPool
    private let resolver: Resolver
    private let patience: Patience
    private let budget: UpstreamBudget
    private let idleMax: Duration
    private let tlsContext: () throws(IOError) -> TLSContext
    private let admit: AddressPolicy
    private var tls: TLSContext?
    private var idle: [UpstreamConnection] = []
    private var waiters = WaiterQueue()
    private var sweeper: LoopTimer?
    /// What the budget knows this pool as.
    private let number: Int
    /// How many of this loop's requests the budget counts as waiting.
    private var queuedCount = 0
    private var isClosed = false

    /// Makes an empty pool.
    ///
    /// `idleMax`: how long a connection is kept without work.
    /// `admit`: says of each resolved address whether it may be dialled.
    /// `tlsContext`: makes the TLS settings when they are first needed.
    /// `callBack`: from any thread, has the loop call `budgetChanged` on this pool.
    package init(
        on loop: EventLoop,
        buffers: BufferPool,
        resolver: Resolver,
        budget: UpstreamBudget,
        idleMax: Duration,
        admit: @escaping AddressPolicy,
        tlsContext: @escaping () throws(IOError) -> TLSContext,
        callBack: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.buffers = buffers
        self.resolver = resolver
        patience = Patience(on: loop)
        self.budget = budget
        self.idleMax = idleMax
        self.admit = admit
        self.tlsContext = tlsContext
        number = budget.join(callBack)
    }

    deinit { budget.leave(number) }

    /// Gets a connection: an idle one, a new one, or the next that comes free.
    ///
    /// `fresh`: do without the idle ones, because one of them just proved stale.
    /// - Throws: `queueFull`, `queueTimedOut`, or what connecting failed with.
    package func lease(
        _ address: UpstreamAddress,
        _ timing: Timing,
        fresh: Bool = false
    ) async throws(ConnectionError) -> UpstreamConnection {
        if !fresh, let connection = takeIdle(address) { return connection }
        // Who comes now is behind those who wait, or they might wait for ever.
        if !isWanted, budget.take() { return try await connect(address, timing) }
        if evictIdle() { return try await connect(address, timing) }
        guard budget.enterQueue() else { throw .queueFull }
        queuedCount += 1
        let waiter = PoolWaiter(address, since: loop.now)
        waiters.append(waiter)
        noteOldest()
        budget.ask(besides: number)
        let result = await waiter.wait(on: loop, until: loop.now + timing.queue)
        queuedCount -= 1
        budget.leaveQueue()
        switch result {
        case .connection(let connection): return connection
        case .slot: return try await connect(address, timing)
        case .timedOut:
            noteOldest()
            throw .queueTimedOut
        }
    }

    /// Whether requests of other loops wait.
    private var isWanted: Bool { budget.waitingCount > queuedCount }

    /// Tells the budget since when the oldest of this loop's requests waits.
    private func noteOldest() { budget.note(number, waitsSince: waiters.oldest) }

    /// The request that has waited longest, unless one of another loop comes before it.
    private func nextWaiter() -> PoolWaiter? {
        guard let oldest = waiters.oldest else { return nil }
        if isWanted, budget.isAnotherFirst(number, since: oldest) { return nil }
        let waiter = waiters.next()
        noteOldest()
        return waiter
    }

    /// Takes a connection back whose exchange is over; `reusable` says whether HTTP allows another.
    package func giveBack(_ connection: UpstreamConnection, reusable: Bool) {
        guard reusable, !isClosed, connection.isHealthy else {
            connection.close()
            passSlotOn()
            return
        }
        connection.markReused()
        if let waiter = nextWaiter() {
            if waiter.address == connection.address {
                waiter.resume(.connection(connection))
            } else {
                connection.close()
                waiter.resume(.slot)
            }
            return
        }
        if isWanted {
            connection.close()
            budget.giveBack()
            return
        }
        connection.idleSince = loop.now
        idle.append(connection)
        startSweeper()
    }

    /// A right to connect may have come free, or be wanted by another loop: gives free ones to those
    /// who have waited longest, and idle connections up for requests of other loops.
    package func budgetChanged() {
        while waiters.oldest != nil, budget.take() {
            guard let waiter = nextWaiter() else {
                budget.giveBack()
                return
            }
            waiter.resume(.slot)
        }
        guard waiters.oldest == nil else { return }
        noteOldest()
        var wanted = budget.waitingCount - queuedCount
        while wanted > 0, evictIdle() {
            budget.giveBack()
            wanted -= 1
        }
        if wanted > 0 { budget.passOn() }
    }

    /// Closes what is idle, and keeps nothing from now on: what the pool was for is gone.
    package func close() {
        isClosed = true
        if let sweeper { loop.cancel(sweeper) }
        sweeper = nil
        closeIdle()
    }

    /// Closes what is idle, at the end or when the configuration has changed.
    package func closeIdle() {
        for connection in idle {
            connection.close()
            budget.giveBack()
        }
        idle.removeAll()
    }

    package var idleCount: Int { idle.count }

    /// Takes an idle connection that can carry another exchange, the one used last.
    package func takeIdle(_ address: UpstreamAddress) -> UpstreamConnection? {
        var index = idle.count - 1
        while index >= 0 {
            if idle[index].address == address {
                let connection = idle.remove(at: index)
                if connection.isHealthy { return connection }
                connection.close()
                budget.giveBack()
            }
            index -= 1
        }
        return nil
    }

    /// Closes the idle connection that waited longest, keeping its place in the budget.
    private func evictIdle() -> Bool {
        guard !idle.isEmpty else { return false }
        idle.removeFirst().close()
        return true
    }

    private func passSlotOn() {
        if let waiter = nextWaiter() {
            waiter.resume(.slot)
        } else {
            budget.giveBack()
        }
    }

    private func connect(
        _ address: UpstreamAddress,
        _ timing: Timing
    ) async throws(ConnectionError) -> UpstreamConnection {
        do throws(ConnectionError) {
            let deadline = loop.now + timing.connect
            let found = try await admitted(address, until: deadline)
            let stream: ByteStream
            do throws(IOError) {
                stream = try await open(address, at: found, until: deadline)
            } catch {
                throw .io(error)
            }
            return UpstreamConnection(stream, address: address, buffers: buffers)
        } catch {
            passSlotOn()
            throw error
        }
    }

    /// The host's addresses that may be dialled; they are dialled as they are, not looked up again.
    private func admitted(
        _ address: UpstreamAddress,
        until deadline: Instant
    ) async throws(ConnectionError) -> [SocketAddress] {
        let found: [SocketAddress]
        do throws(IOError) {
            found = try await resolver.addresses(
                of: address.host,
                port: address.port,
                isNamed: address.isNamed,
                with: patience,
                until: deadline
            )
        } catch {
            throw .io(error)
        }
        var allowed: [SocketAddress] = []
        for candidate in found {
            switch admit(candidate, address) {
            case .admitted: allowed.append(candidate)
            case .refused: continue
            case .own: throw .ownListener
            }
        }
        guard !allowed.isEmpty else { throw .addressRefused(host: address.host) }
        return allowed
    }

    private func open(
        _ address: UpstreamAddress,
        at found: [SocketAddress],
        until deadline: Instant
    ) async throws(IOError) -> ByteStream {
        let stream = try await ByteStream.connect(toAnyOf: found, on: loop, until: deadline)
        guard address.isTLS else { return stream }
        do throws(IOError) {
            let context: TLSContext
            if let made = tls { context = made } else { context = try tlsContext() }
            tls = context
            try await stream.startTLS(
                context,
                serverName: address.serverName,
                port: address.port,
                until: deadline
            )
            return stream
        } catch {
            stream.close()
            throw error
        }
    }

    private func startSweeper() {
        guard sweeper == nil else { return }
        let timer = LoopTimer { [unowned self] in sweep() }
        sweeper = timer
        loop.setDeadline(timer, loop.now + .seconds(1))
    }

    /// Closes what has been idle too long or was closed by the other side.
    private func sweep() {
        sweeper = nil
        var kept: [UpstreamConnection] = []
        for connection in idle {
            if connection.isHealthy, loop.now - connection.idleSince < idleMax {
                kept.append(connection)
            } else {
                connection.close()
                budget.giveBack()
            }
        }
        idle = kept
        if !idle.isEmpty { startSweeper() }
    }
}
