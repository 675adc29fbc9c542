internal import Time
internal import CLinux
internal import Glibc

/// How a wait ended.
package enum Wake: Sendable {
    case ready
    case timedOut
    case cancelled
}

/// A non-blocking descriptor on its event loop, and who waits for it to become readable or writable.
///
/// It remembers what the kernel last said, so that a read that came back short waits for the next
/// edge without asking. At most one task waits for each direction.
@safe
package final class Descriptor: TimedEntry {
    package let fd: CInt
    package let loop: EventLoop
    private var slot = -1
    private var reader: UnsafeContinuation<Wake, Never>?
    private var writer: UnsafeContinuation<Wake, Never>?
    private var readDeadline = Instant.never
    private var writeDeadline = Instant.never
    /// Whether a read may find something; false once a read came back short.
    package var isReadable = true
    /// Whether a write may find room; false once a write was cut short.
    package var isWritable = true
    /// The peer has finished sending; what it sent before can still be read.
    package private(set) var peerFinished = false
    /// The connection is gone in both directions.
    package private(set) var isBroken = false
    /// We gave up: every wait, present and future, ends at once.
    package private(set) var isCancelled = false
    /// Whose waits end when this connection breaks: the other side of a proxied exchange.
    package var partner: Descriptor?

    /// Takes over a non-blocking descriptor and registers it.
    ///
    /// - Throws: `IOError.system` when epoll refuses it; the descriptor is closed then.
    package init(fd: CInt, loop: EventLoop, exclusive: Bool = false) throws(IOError) {
        self.fd = fd
        self.loop = loop
        super.init()
        do {
            slot = try loop.register(self, exclusive: exclusive)
        } catch {
            Glibc.close(fd)
            throw error
        }
    }

    /// Closes the descriptor and ends its waits as cancelled; safe to call again.
    package func close() {
        guard slot >= 0 else { return }
        loop.unregister(self, slot: slot)
        slot = -1
        partner = nil
        Glibc.close(fd)
        cancel()
    }

    package var isOpen: Bool { slot >= 0 }

    /// Ends every wait with `cancelled`, now and later; the descriptor stays open for its owner to close.
    package func cancel() {
        isCancelled = true
        resumeReader(.cancelled)
        resumeWriter(.cancelled)
    }

    /// Ends the present wait for something to read, if there is one; later waits are as ever.
    package func interruptRead() { resumeReader(.cancelled) }

    /// Waits until a read may find bytes or the end; inlined, for each async call costs hops.
    @inline(__always)
    func waitReadable(until deadline: Instant) async -> Wake {
        if isCancelled { return .cancelled }
        if isReadable { return .ready }
        readDeadline = deadline
        armTimer()
        return await unsafe withUnsafeContinuation { (waiter: UnsafeContinuation<Wake, Never>) in
            unsafe reader = waiter
            // A task of another loop goes through the queue on its way here: look once more.
            if isCancelled { resumeReader(.cancelled) }
            if isReadable { resumeReader(.ready) }
            if readDeadline == .never, deadline != .never { resumeReader(.timedOut) }
        }
    }

    /// Waits until a write may find room.
    @inline(__always)
    func waitWritable(until deadline: Instant) async -> Wake {
        if isCancelled { return .cancelled }
        if isWritable { return .ready }
        writeDeadline = deadline
        armTimer()
        return await unsafe withUnsafeContinuation { (waiter: UnsafeContinuation<Wake, Never>) in
            unsafe writer = waiter
            if isCancelled { resumeWriter(.cancelled) }
            if isWritable { resumeWriter(.ready) }
            if writeDeadline == .never, deadline != .never { resumeWriter(.timedOut) }
        }
    }

    /// What epoll says of the descriptor.
    func received(_ flags: UInt32) {
        if flags & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            isBroken = true
            peerFinished = true
        }
        if flags & EPOLLRDHUP.rawValue != 0 { peerFinished = true }
        if isBroken || flags & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 {
            isReadable = true
            resumeReader(.ready)
        }
        if isBroken || flags & EPOLLOUT.rawValue != 0 {
            isWritable = true
            resumeWriter(.ready)
        }
        if isBroken { partner?.cancel() }
    }

    override func fire(at now: Instant) {
        if readDeadline <= now { resumeReader(.timedOut) }
        if writeDeadline <= now { resumeWriter(.timedOut) }
        armTimer()
    }

    private func armTimer() {
        loop.setDeadline(self, min(readDeadline, writeDeadline))
    }

    private func resumeReader(_ wake: Wake) {
        readDeadline = .never
        guard let waiter = unsafe reader else { return }
        unsafe reader = nil
        unsafe waiter.resume(returning: wake)
    }

    private func resumeWriter(_ wake: Wake) {
        writeDeadline = .never
        guard let waiter = unsafe writer else { return }
        unsafe writer = nil
        unsafe waiter.resume(returning: wake)
    }
}
