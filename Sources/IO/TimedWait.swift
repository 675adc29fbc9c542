package import Time
/// One task waiting on its loop for a value that another task brings, or for a deadline.
@safe
package final class TimedWait<Value>: TimedEntry {
    private var value: Value
    private var waiter: UnsafeContinuation<Void, Never>?
    private var loop: EventLoop?

    /// Makes a wait that answers `late` at its deadline.
    package init(atDeadline late: Value) {
        value = late
        super.init()
    }

    /// Whether somebody still waits for the value.
    package var isWaiting: Bool { unsafe waiter != nil }

    /// Waits for `resume` or for the deadline; for one task, once.
    package func wait(on loop: EventLoop, until deadline: Instant) async -> Value {
        self.loop = loop
        loop.setDeadline(self, deadline)
        await unsafe withUnsafeContinuation { unsafe waiter = $0 }
        return value
    }

    /// Brings the value; nothing happens when nobody waits any more.
    package func resume(_ value: Value) {
        guard isWaiting else { return }
        self.value = value
        wake()
    }

    override func fire(at now: Instant) { wake() }

    private func wake() {
        loop?.cancel(self)
        guard let waiting = unsafe waiter else { return }
        unsafe waiter = nil
        unsafe waiting.resume()
    }
}
