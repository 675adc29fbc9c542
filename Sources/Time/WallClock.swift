internal import CLinux

/// The clock that people set: for logs, dates and what is written to disk; never for deadlines.
package enum WallClock {
    /// Seconds since 1970.
    package static var now: Double { Double(attache_wall_nanoseconds()) / 1e9 }
}
