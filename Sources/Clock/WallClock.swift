internal import Glibc

/// The clock that people set: for logs, dates and what is written to disk; never for deadlines.
package enum WallClock {
    /// Seconds since 1970.
    package static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
