internal import Synchronization
package import Time

/// Waits for work that nobody can interrupt (a disk, a name server), but not for ever.
package actor Patience: LoopActor {
    package nonisolated let loop: EventLoop
    private var waits: [Int: TimedWait<Bool>] = [:]
    private var started = 0

    /// Waits on a loop.
    package init(on loop: EventLoop) {
        self.loop = loop
    }

    /// The value of the work, or `nil` when the deadline came first.
    ///
    /// The work goes on after the deadline, and `late` gets what it brings then, on any thread.
    package func wait<Value: Sendable>(
        until deadline: Instant,
        late: @escaping @Sendable (Value) async -> Void = { _ in },
        for work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        started &+= 1
        let number = started
        let place = Place<Value>()
        let wait = TimedWait(atDeadline: false)
        waits[number] = wait
        loop.start {
            let value = await work()
            if place.put(value) { await self.arrived(number) } else { await late(value) }
        }
        _ = await wait.wait(on: loop, until: deadline)
        waits[number] = nil
        return place.take()
    }

    private func arrived(_ number: Int) {
        waits[number]?.resume(true)
    }
}

/// Where a value is left for somebody who may have gone.
private final class Place<Value: Sendable>: Sendable {
    /// What is at the place, or that nobody comes for it any more.
    private enum State {
        case empty
        case full(Value)
        case abandoned
    }

    private let state = Mutex(State.empty)

    /// Leaves the value; false if nobody will take it.
    func put(_ value: Value) -> Bool {
        state.withLock { state in
            if case .abandoned = state { return false }
            state = .full(value)
            return true
        }
    }

    /// Takes the value, and waits for none after that.
    func take() -> Value? {
        state.withLock { state in
            defer { state = .abandoned }
            if case .full(let value) = state { return value }
            return nil
        }
    }
}
