/// Where one task of a loop waits, again and again, for another one of the same loop to let it on.
@safe
package final class TaskGate {
    private var waiter: UnsafeContinuation<Bool, Never>?
    private var early: Bool?

    package init() {}

    /// Waits for `open`, and answers what that was given.
    package func wait() async -> Bool {
        await unsafe withUnsafeContinuation { (waiting: UnsafeContinuation<Bool, Never>) in
            if let early {
                self.early = nil
                unsafe waiting.resume(returning: early)
            } else {
                unsafe waiter = waiting
            }
        }
    }

    /// Lets the task on that waits, or the next one that comes to wait.
    package func open(_ answer: Bool) {
        guard let waiting = unsafe waiter else {
            early = answer
            return
        }
        unsafe waiter = nil
        unsafe waiting.resume(returning: answer)
    }
}
