package import Time
/// Calls back once on the loop at its deadline.
package final class LoopTimer: TimedEntry {
    private let action: () -> Void

    /// Makes a timer that is armed with `EventLoop.setDeadline`.
    package init(_ action: @escaping () -> Void) {
        self.action = action
        super.init()
    }

    override func fire(at now: Instant) { action() }
}

extension EventLoop {
    /// Waits, on this loop, until a moment has come.
    package func sleep(until deadline: Instant) async {
        await unsafe withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
            setDeadline(LoopTimer { unsafe waiter.resume() }, deadline)
        }
    }
}
