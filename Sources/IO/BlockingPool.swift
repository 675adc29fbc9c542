internal import CLinux
internal import Glibc
internal import Synchronization

/// A few threads for work that blocks: name look-ups, disk, signing.
///
/// One pool for each kind, so that a dead name server cannot stop vault writes.
package final class BlockingPool: Sendable {
    /// What the threads share.
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var idle = 0
        var threads = 0
    }

    private let name: String
    private let threadsMax: Int
    private let queueMax: Int
    private let state = Mutex(State())
    /// An eventfd that counts like a semaphore: a plain number, so that it can be shared.
    private let signal: CInt

    /// Makes a pool of at most `threadsMax` threads, started as needed and kept.
    package init(name: String, threadsMax: Int, queueMax: Int = 100_000) {
        self.name = name
        self.threadsMax = threadsMax
        self.queueMax = queueMax
        signal = eventfd(0, CInt(0x80001))  // EFD_CLOEXEC | EFD_SEMAPHORE
    }

    /// Runs blocking work on one of the pool's threads and answers its result.
    ///
    /// - Throws: `IOError.exhausted` when the queue is full.
    package func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(IOError) -> Value {
        let value: Value? = await unsafe withUnsafeContinuation {
            (waiter: UnsafeContinuation<Value?, Never>) in
            let taken = submit { unsafe waiter.resume(returning: work()) }
            if !taken { unsafe waiter.resume(returning: nil) }
        }
        guard let value else { throw .exhausted }
        return value
    }

    /// Has one of the threads do blocking work sometime; false when the queue is full.
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        let (taken, mustStart) = state.withLock { state in
            guard state.queue.count < queueMax else { return (false, false) }
            state.queue.append(work)
            let mustStart = state.queue.count > state.idle && state.threads < threadsMax
            if mustStart { state.threads += 1 }
            return (true, mustStart)
        }
        guard taken else { return false }
        if mustStart {
            do {
                try startThread(named: name) { self.serve() }
            } catch {
                state.withLock { $0.threads -= 1 }
            }
        }
        var one: UInt64 = 1
        _ = unsafe write(signal, &one, 8)
        return true
    }

    private func serve() {
        while true {
            state.withLock { $0.idle += 1 }
            var one: UInt64 = 0
            while unsafe read(signal, &one, 8) != 8 {}
            let work = state.withLock { state in
                state.idle -= 1
                return state.queue.isEmpty ? nil : state.queue.removeFirst()
            }
            work?()
        }
    }
}
