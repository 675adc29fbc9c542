package import Time
/// One task waiting on its loop for a value that another task brings, or for a deadline.
@safe
package final class TimedWait<Value>: TimedEntry {
    private var value: Value
    private var waiter: UnsafeContinuation<Void, Never>?
    private var loop: EventLoop?
    /// The value was brought or the deadline came, perhaps before the task began to wait: a task
    /// that is called from another loop goes once more through the queue on its way into `wait`.
    private var isOver = false

    /// Makes a wait that answers `late` at its deadline.
    package init(atDeadline late: Value) {
        value = late
        super.init()
    }

    /// Whether somebody still waits for the value, or is about to.
    package var isWaiting: Bool { !isOver }

    /// Waits for `resume` or for the deadline; for one task, once.
    package func wait(on loop: EventLoop, until deadline: Instant) async -> Value {
        if isOver { return value }
        self.loop = loop
        loop.setDeadline(self, deadline)
        await unsafe withUnsafeContinuation { (waiting: UnsafeContinuation<Void, Never>) in
            // The way in may lead through the queue, and the value have come meanwhile.
            if isOver { unsafe waiting.resume() } else { unsafe waiter = waiting }
        }
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
        isOver = true
        loop?.cancel(self)
        guard let waiting = unsafe waiter else { return }
        unsafe waiter = nil
        unsafe waiting.resume()
    }
}
