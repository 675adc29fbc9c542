internal import CLinux
internal import Glibc
internal import Synchronization
package import Time

/// One value from a loop to a thread that blocks until it is there.
package final class Handover<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    /// An eventfd.
    private let signal: CInt

    /// Makes one without a value.
    package init() {
        signal = eventfd(0, CInt(0x80000))  // EFD_CLOEXEC
    }

    deinit { close(signal) }

    /// Brings the value.
    package func put(_ brought: Value) {
        value.withLock { $0 = brought }
        var one: UInt64 = 1
        _ = unsafe write(signal, &one, 8)
    }

    /// Blocks until the value is there, and takes it; `nil` when the deadline came first.
    package func take(until deadline: Instant) -> Value? {
        _ = BlockingWait.wait(for: POLLIN, on: signal, until: deadline)
        return value.withLock { $0.take() }
    }
}
