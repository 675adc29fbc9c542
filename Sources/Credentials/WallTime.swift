/// A moment of the wall clock in seconds since 1970, as it is stored and as providers say it.
///
/// Never used to decide whether a token is good while running: the wall clock may step.
package struct WallTime: Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z; always finite.
    package let seconds: Double

    /// The moment that many seconds after 1970; one that is not a number becomes 1970 itself.
    package init(seconds: Double) {
        self.seconds = seconds.isFinite ? seconds : 0
    }

    /// The moment so many seconds later.
    package func advanced(by seconds: Double) -> WallTime {
        WallTime(seconds: self.seconds + seconds)
    }

    /// How many seconds lie between an earlier moment and this one.
    package func seconds(since earlier: WallTime) -> Double {
        seconds - earlier.seconds
    }
}

extension WallTime: Comparable {
    /// Whether one moment comes before another.
    package static func < (one: WallTime, other: WallTime) -> Bool { one.seconds < other.seconds }
}
