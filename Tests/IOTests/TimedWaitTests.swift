import IO
import Testing
import Time

/// Somebody whom tasks of other loops come to and wait at.
actor Counter: LoopActor {
    nonisolated let loop: EventLoop
    private var waits: [TimedWait<Bool>] = []
    private(set) var arrived = 0

    init(_ loop: EventLoop) { self.loop = loop }

    /// Waits to be called; false if nobody calls.
    func wait() async -> Bool {
        let wait = TimedWait(atDeadline: false)
        waits.append(wait)
        arrived += 1
        return await wait.wait(on: loop, until: loop.now + .seconds(20))
    }

    /// Calls everybody who waits or is about to.
    func call() {
        let called = waits
        waits = []
        for wait in called { wait.resume(true) }
    }
}

@Suite struct TimedWaitTests {
    @Test func `a task of another loop is woken however early it is called`() async throws {
        let home = try EventLoop(name: "home")
        let away = try EventLoop(name: "away")
        defer {
            home.stop()
            away.stop()
        }
        let counter = Counter(home)
        let late = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 {
                group.addTask(executorPreference: away) { await counter.wait() }
            }
            // Called again and again, until everybody has come and gone.
            let caller = away.start { while await counter.arrived < 500 { await counter.call() } }
            await caller.value
            await counter.call()
            return await group.reduce(into: 0) { $0 += $1 ? 0 : 1 }
        }
        #expect(late == 0)
    }
}
