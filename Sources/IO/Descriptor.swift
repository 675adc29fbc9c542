internal import Time
internal import CLinux
internal import Glibc

/// How a wait ended.
package enum Wake: Sendable {
    case ready
    case timedOut
    case cancelled
    /// The kernel has no room to watch the descriptor, for the reason of this `errno`.
    case unwatched(CInt)

    /// Makes an error of all but `ready`.
    @inline(__always)
    func check() throws(IOError) {
        switch self {
        case .ready: return
        case .timedOut: throw .timedOut
        case .cancelled: throw .cancelled
        case .unwatched(let number): throw .system(call: "epoll_ctl", errno: number)
        }
    }
}

/// A non-blocking descriptor on its event loop, and who waits for it to become readable or writable.
///
/// It remembers what the kernel last said, so that a read that came back short waits for the next
/// edge without asking. The kernel is told to watch it when it is first waited for: a connection
/// whose request is there when it is accepted is often over before. At most one task waits for each
/// direction.
@safe
package final class Descriptor: TimedEntry {
    package private(set) var fd: CInt
    package let loop: EventLoop
    private let isExclusive: Bool
    /// Whether the loop hears of it, from the first wait to the end.
    private var isWatched = false
    /// How many descriptors it has been before this one.
    private(set) var reopenings = 0
    package private(set) var isOpen = true
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

    /// Takes over a non-blocking descriptor; `exclusive` is for one that several loops wait for.
    package init(fd: CInt, loop: EventLoop, exclusive: Bool = false) {
        self.fd = fd
        self.loop = loop
        isExclusive = exclusive
        super.init()
    }

    /// Takes over another descriptor once the last one is closed.
    func reopen(fd: CInt) {
        close()
        reopenings &+= 1
        self.fd = fd
        isOpen = true
        isReadable = true
        isWritable = true
        peerFinished = false
        isBroken = false
        isCancelled = false
    }

    /// Closes the descriptor and ends its waits as cancelled; safe to call again.
    package func close() {
        guard isOpen else { return }
        loop.forget(self, isWatched: isWatched)
        isWatched = false
        isOpen = false
        partner = nil
        Glibc.close(fd)
        cancel()
    }

    /// Has the loop hear of it from now on, if it does not yet; `errno` when the kernel refuses.
    func watch() -> CInt? {
        guard isOpen, !isWatched else { return nil }
        if let failure = loop.watch(self, exclusive: isExclusive) { return failure }
        isWatched = true
        return nil
    }

    /// As `watch`, but in some milliseconds, if it is still open then.
    func watchLater() {
        if isOpen, !isWatched { loop.watchLater(self) }
    }

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
        if !isWatched, let failure = watch() { return .unwatched(failure) }
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
        if !isWatched, let failure = watch() { return .unwatched(failure) }
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
