internal import Time
internal import Credentials
internal import IO

/// Whether somebody looks through the store, who waits for that, and when it may be done again.
struct Looks {
    private(set) var isRunning = false
    /// Whether all that was stored at the start is known.
    private(set) var isFirstDone = false
    private(set) var nextAt = Instant(nanoseconds: .min)
    var waits: [TimedWait<Result<Void, FlightFault>>] = []

    mutating func began() { isRunning = true }

    /// Tells those who wait how it ended.
    mutating func ended(_ result: Result<Void, FlightFault>, nextAt: Instant) {
        isRunning = false
        if case .success = result { isFirstDone = true }
        self.nextAt = nextAt
        let woken = waits
        waits = []
        for wait in woken { wait.resume(result) }
    }

    /// Has the next one who asks look at once.
    mutating func expire() { nextAt = Instant(nanoseconds: .min) }
}
