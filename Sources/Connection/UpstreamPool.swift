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
    private let budget: UpstreamBudget
    private let idleMax: Duration
    private let tlsContext: () throws(IOError) -> TLSContext
    private let admit: AddressPolicy
    private var tls: TLSContext?
    private var idle: [UpstreamConnection] = []
    private var waiters = WaiterQueue()
    private var sweeper: LoopTimer?
    private var isClosed = false
    /// Whether `callBack` is waiting to be called.
    private var isAsking = false
    /// Calls this loop again when a right to connect has come free elsewhere.
    private let callBack: @Sendable () -> Void

    /// Makes an empty pool.
    ///
    /// `idleMax`: how long a connection is kept without work.
    /// `admit`: says of each resolved address whether it may be dialled.
    /// `tlsContext`: makes the TLS settings when they are first needed.
    /// `callBack`: from any thread, has the loop call `slotCameFree` on this pool.
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
        self.budget = budget
        self.idleMax = idleMax
        self.admit = admit
        self.tlsContext = tlsContext
        self.callBack = callBack
    }

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
        if budget.take() { return try await connect(address, timing) }
        if evictIdle() { return try await connect(address, timing) }
        guard waiters.count < budget.queueMax else { throw .queueFull }
        let waiter = PoolWaiter(address)
        waiters.append(waiter)
        askForSlot()
        switch await waiter.wait(on: loop, until: loop.now + timing.queue) {
        case .connection(let connection): return connection
        case .slot: return try await connect(address, timing)
        case .timedOut:
            waiters.dropThoseWhoLeft()
            throw .queueTimedOut
        }
    }

    /// Takes a connection back whose exchange is over; `reusable` says whether HTTP allows another.
    package func giveBack(_ connection: UpstreamConnection, reusable: Bool) {
        guard reusable, !isClosed, connection.isHealthy else {
            connection.close()
            passSlotOn()
            return
        }
        connection.markReused()
        if let waiter = waiters.next() {
            if waiter.address == connection.address {
                waiter.resume(.connection(connection))
            } else {
                connection.close()
                waiter.resume(.slot)
            }
            return
        }
        if budget.isWanted(besides: isAsking ? 1 : 0) {
            connection.close()
            budget.giveBack()
            return
        }
        connection.idleSince = loop.now
        idle.append(connection)
        startSweeper()
    }

    /// A right to connect may have come free: gives it to who has waited longest.
    package func slotCameFree() {
        isAsking = false
        while waiters.count > 0 {
            guard budget.take() else {
                askForSlot()
                return
            }
            guard let waiter = waiters.next() else {
                budget.giveBack()
                return
            }
            waiter.resume(.slot)
        }
        budget.passOn()
    }

    /// Has this loop called, once, when a right has come free elsewhere.
    private func askForSlot() {
        guard !isAsking else { return }
        isAsking = true
        budget.wait(callBack)
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
        if let waiter = waiters.next() {
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
            let found = try await admitted(address)
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
    private func admitted(_ address: UpstreamAddress) async throws(ConnectionError)
        -> [SocketAddress]
    {
        let found: [SocketAddress]
        do throws(IOError) {
            found = try await resolver.addresses(of: address.host, port: address.port)
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
