package import Time
internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread with one epoll, and the executor of everything that lives on it.
///
/// It is both the serial executor of the actors pinned to it and the task executor of their tasks:
/// with only the first, each resumed continuation would visit the global pool and come back by an
/// eventfd write. State below the mark is touched on the loop's thread alone, which is what makes
/// the class safe to share.
@safe
package final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// What other threads leave for the loop.
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var signalled = false
        var stopping = false
    }

    /// What the kernel says of one descriptor; laid out as `attache_event` of the C side.
    private struct Event {
        var token: UInt64
        var flags: UInt32
    }

    private let name: String
    private let epoll: CInt
    private let wakeUp: CInt
    private let inbox = Mutex(Inbox())
    private let threadID = Atomic<UInt>(0)

    // Touched on the loop's thread alone, from here on.
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var watched: [Descriptor?] = []
    private var generations: [UInt32] = []
    private var unwatched = UnwatchedDescriptors()
    private var watchTimer: LoopTimer?
    private var timers = TimerHeap()
    private var events: [Event]
    /// The time at the last return of the kernel, for deadlines; asking the kernel each time costs.
    package private(set) var now = Instant.now
    /// How often another thread had to wake this one; a test holds it at none for work that stays home.
    package private(set) var wakeUps = 0
    /// How often the loop asked the kernel for events.
    package private(set) var polls = 0

    /// Makes a loop and starts its thread.
    ///
    /// - Throws: `IOError.system` when the kernel grants no epoll, eventfd or thread.
    package init(name: String) throws(IOError) {
        self.name = name
        epoll = epoll_create1(CInt(bitPattern: UInt32(0x80000)))  // EPOLL_CLOEXEC
        guard epoll >= 0 else { throw .system(call: "epoll_create1", errno: errno) }
        wakeUp = eventfd(0, CInt(0x80800))  // EFD_CLOEXEC | EFD_NONBLOCK
        guard wakeUp >= 0 else { throw .system(call: "eventfd", errno: errno) }
        events = Array(repeating: Event(token: 0, flags: 0), count: 256)
        guard attache_epoll_add(epoll, wakeUp, EPOLLIN.rawValue | EPOLLET, .max) == 0 else {
            throw .system(call: "epoll_ctl", errno: errno)
        }
        try startThread(named: name) { self.run() }
    }

    /// Whether the caller is on this loop's thread.
    package var isCurrent: Bool {
        threadID.load(ordering: .relaxed) == UInt(pthread_self())
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ready.append(job)
            return
        }
        let mustSignal = inbox.withLock { inbox in
            inbox.jobs.append(job)
            let first = !inbox.signalled
            inbox.signalled = true
            return first
        }
        if mustSignal { signal() }
    }

    package func checkIsolated() {
        precondition(isCurrent, "not on event loop \(name)")
    }

    package nonisolated func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package nonisolated func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// Starts a task that lives on this loop: the one way to begin work.
    @discardableResult
    package func start(_ work: sending @escaping @isolated(any) () async -> Void) -> Task<
        Void, Never
    > {
        Task(executorPreference: self, operation: work)
    }

    /// Ends the loop's thread once its present jobs are done; what waits on it waits for ever.
    package func stop() {
        inbox.withLock { $0.stopping = true }
        signal()
    }

    private func signal() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUp, &one, 8)
    }

    // MARK: On the loop

    private func run() {
        threadID.store(UInt(pthread_self()), ordering: .relaxed)
        while true {
            poll()
            fireTimers()
            runJobs()
            if inbox.withLock({ $0.stopping && $0.jobs.isEmpty }) && ready.isEmpty { break }
        }
        close(wakeUp)
        close(epoll)
    }

    private func poll() {
        let count = unsafe events.withUnsafeMutableBufferPointer { space in
            unsafe attache_epoll_wait(
                epoll,
                UnsafeMutableRawPointer(space.baseAddress),
                CInt(space.count),
                timeout()
            )
        }
        now = Instant.now
        polls &+= 1
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let token = events[index].token
            let flags = events[index].flags
            if token == .max {
                takeInbox()
                continue
            }
            let slot = Int(token & 0xffff_ffff)
            guard slot < watched.count, generations[slot] == UInt32(token >> 32) else {
                continue
            }
            watched[slot]?.received(flags)
        }
    }

    /// Milliseconds until the next timer, rounded up; 0 with work at hand.
    private func timeout() -> CInt {
        if !ready.isEmpty { return 0 }
        let next = timers.next
        if next == .never { return -1 }
        let left = next.nanoseconds &- Instant.now.nanoseconds
        if left <= 0 { return 0 }
        return CInt(clamping: min(left / 1_000_000 + 1, 3_600_000))
    }

    private func takeInbox() {
        wakeUps &+= 1
        var count: UInt64 = 0
        _ = unsafe read(wakeUp, &count, 8)
        inbox.withLock { inbox in
            inbox.signalled = false
            ready.append(contentsOf: inbox.jobs)
            inbox.jobs.removeAll(keepingCapacity: inbox.jobs.count < 1024)
        }
    }

    private func fireTimers() {
        guard timers.next <= now else { return }
        while let entry = timers.popExpired(at: now) { entry.fire(at: now) }
    }

    /// Runs what is ready and what that makes ready, but looks at the kernel again after a while,
    /// so that tasks which only feed each other cannot shut out the sockets.
    private func runJobs() {
        for _ in 0..<16 {
            if ready.isEmpty { return }
            swap(&ready, &running)
            for job in running {
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            }
            running.removeAll(keepingCapacity: true)
        }
    }

    /// Watches a descriptor, edge-triggered, for the rest of its life; `errno` when epoll refuses it.
    func watch(_ descriptor: Descriptor, exclusive: Bool) -> CInt? {
        let slot = Int(descriptor.fd)
        while watched.count <= slot {
            watched.append(nil)
            generations.append(0)
        }
        generations[slot] &+= 1
        let flags =
            exclusive
            ? EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue | EPOLLET
            : EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET
        let token = UInt64(generations[slot]) << 32 | UInt64(slot)
        guard attache_epoll_add(epoll, descriptor.fd, flags, token) == 0 else { return errno }
        watched[slot] = descriptor
        return nil
    }

    /// Watches a descriptor after 10 to 20 ms, if it is still open then.
    func watchLater(_ descriptor: Descriptor) {
        if unwatched.isEmpty { startWatchTimer() }
        unwatched.append(descriptor)
    }

    private func startWatchTimer() {
        let timer = watchTimer ?? LoopTimer { [unowned self] in watchThoseLeft() }
        watchTimer = timer
        timers.set(timer, to: now + .milliseconds(10))
    }

    private func watchThoseLeft() {
        unwatched.watchOlder()
        if !unwatched.isEmpty { startWatchTimer() }
    }

    /// Forgets a descriptor that is about to be closed; closing takes it out of the epoll.
    func forget(_ descriptor: Descriptor, isWatched: Bool) {
        timers.remove(descriptor)
        let slot = Int(descriptor.fd)
        guard isWatched, watched[slot] === descriptor else { return }
        watched[slot] = nil
        generations[slot] &+= 1
    }

    /// Sets when an entry is called; a later moment than before costs next to nothing.
    package func setDeadline(_ entry: TimedEntry, _ deadline: Instant) {
        timers.set(entry, to: deadline)
    }

    /// Takes an entry off the clock.
    package func cancel(_ entry: TimedEntry) {
        timers.remove(entry)
    }
}

/// What epoll calls edge-triggered; the header's constant does not reach Swift.
private let EPOLLET: UInt32 = 1 << 31
