import Glibc

/// The signals that operators send, taken by the main thread while all others have them blocked.
struct Signals {
    private let set = Signals.all

    private static var all: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { unsafe sigaddset(&set, number) }
        return set
    }

    /// Blocks the signals for this thread and, by inheritance, for every thread made after it.
    static func block() {
        var set = all
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next one.
    func next() -> CInt {
        var waited = set
        var number: CInt = 0
        while unsafe sigwait(&waited, &number) != 0 {}
        return number
    }
}
