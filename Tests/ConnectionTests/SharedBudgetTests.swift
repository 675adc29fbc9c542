import Connection
import IO
import Synchronization
import Testing
import Time

/// One loop with its pool of connections to a port where the kernel accepts for nobody.
private actor PoolHost: LoopActor {
    nonisolated let loop: EventLoop
    private let address: UpstreamAddress
    private let budget: UpstreamBudget
    private var pool: UpstreamPool?
    private var leased: [UpstreamConnection] = []

    init(_ loop: EventLoop, _ budget: UpstreamBudget, port: Int) {
        self.loop = loop
        self.budget = budget
        address = UpstreamAddress(host: "127.0.0.1", port: port, isTLS: false, isNamed: false)
    }

    private func madePool() -> UpstreamPool {
        if let pool { return pool }
        let made = UpstreamPool(
            on: loop,
            buffers: BufferPool(),
            resolver: Resolver(),
            budget: budget,
            idleMax: .seconds(60),
            admit: { _, _ in .admitted },
            tlsContext: { () throws(IOError) in throw .closed },
            callBack: { [loop] in loop.start { await self.budgetChanged() } }
        )
        pool = made
        return made
    }

    private func budgetChanged() { pool?.budgetChanged() }

    /// Gets a connection and keeps it; says why not otherwise.
    func lease(queue: Duration = .seconds(20)) async -> ConnectionError? {
        let timing = UpstreamPool.Timing(connect: .seconds(20), queue: queue)
        do throws(ConnectionError) {
            leased.append(try await madePool().lease(address, timing))
            return nil
        } catch {
            return error
        }
    }

    /// Gives back what was leased first.
    func giveBack() { pool?.giveBack(leased.removeFirst(), reusable: true) }

    var leasedCount: Int { leased.count }

    func end() {
        while !leased.isEmpty { pool?.giveBack(leased.removeFirst(), reusable: false) }
        pool?.closeIdle()
    }
}

/// What loops owe each other where the connections to an upstream are few.
@Suite struct SharedBudgetTests {
    private func with(
        _ budget: UpstreamBudget,
        _ body: (PoolHost, PoolHost) async throws -> Void
    ) async throws {
        let loops = [try EventLoop(name: "one"), try EventLoop(name: "two")]
        let port = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        let socket = try ListeningSocket(port, shared: false)
        let hosts = loops.map { PoolHost($0, budget, port: socket.address.port) }
        try await body(hosts[0], hosts[1])
        for host in hosts { await host.end() }
        socket.close()
        for loop in loops { loop.stop() }
    }

    /// Waits until so many requests wait for a connection.
    private func until(_ budget: UpstreamBudget, wait count: Int) async throws {
        let end = Instant.now + .seconds(10)
        while budget.waitingCount != count {
            try #require(Instant.now < end)
            await Task.yield()
        }
    }

    @Test func `an idle connection of one loop makes room for a request of another`() async throws {
        let budget = UpstreamBudget(connectionsMax: 1, queueMax: 10)
        try await with(budget) { one, two in
            #expect(await one.lease() == nil)
            await one.giveBack()
            #expect(await two.lease() == nil)
            await two.giveBack()
            #expect(await one.lease() == nil)
        }
    }

    @Test func `requests of all loops share the places in the queue`() async throws {
        let budget = UpstreamBudget(connectionsMax: 1, queueMax: 1)
        try await with(budget) { one, two in
            #expect(await one.lease() == nil)
            async let waiting = two.lease()
            try await until(budget, wait: 1)
            #expect(await one.lease() == .queueFull)
            await one.giveBack()
            #expect(await waiting == nil)
            #expect(budget.waitingCount == 0)
        }
    }

    @Test func `a request is served before a later one of the loop with the connection`()
        async throws
    {
        let budget = UpstreamBudget(connectionsMax: 1, queueMax: 10, patience: .zero)
        try await with(budget) { one, two in
            #expect(await one.lease() == nil)
            async let earlier = two.lease()
            try await until(budget, wait: 1)
            async let later = one.lease()
            try await until(budget, wait: 2)
            await one.giveBack()
            #expect(await earlier == nil)
            #expect(await one.leasedCount == 0)
            await two.giveBack()
            #expect(await later == nil)
        }
    }

    @Test func `who gave up holds up nobody`() async throws {
        let budget = UpstreamBudget(connectionsMax: 1, queueMax: 10, patience: .zero)
        try await with(budget) { one, two in
            #expect(await one.lease() == nil)
            #expect(await two.lease(queue: .milliseconds(1)) == .queueTimedOut)
            #expect(budget.waitingCount == 0)
            async let later = one.lease()
            try await until(budget, wait: 1)
            await one.giveBack()
            #expect(await later == nil)
            await one.giveBack()
            #expect(await two.lease() == nil)
        }
    }

    @Test func `many requests of many loops all get their turn`() async throws {
        let budget = UpstreamBudget(connectionsMax: 2, queueMax: 1000)
        try await with(budget) { one, two in
            let failures = await withTaskGroup(of: ConnectionError?.self) { group in
                for number in 0..<400 {
                    let host = number % 3 == 0 ? one : two
                    group.addTask {
                        if let failure = await host.lease() { return failure }
                        await host.giveBack()
                        return nil
                    }
                }
                return await group.reduce(into: [ConnectionError]()) { all, failure in
                    if let failure { all.append(failure) }
                }
            }
            #expect(failures.isEmpty)
            #expect(budget.waitingCount == 0)
        }
    }
}
