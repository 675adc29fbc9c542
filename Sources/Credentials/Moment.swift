package import Time
/// What an event brings from outside: one reading of both clocks, and one random number.
///
/// With it the machines need neither clocks nor chance of their own, and tests need no sleeps.
package struct Moment: Sendable {
    /// The monotonic clock.
    package let instant: Instant
    /// The wall clock at the same moment.
    package let wall: WallTime
    /// A random number from 0 up to but not including 1, for jitter.
    package let chance: Double

    /// Puts the readings together; a number outside the range becomes its nearer end.
    package init(instant: Instant, wall: WallTime, chance: Double) {
        self.instant = instant
        self.wall = wall
        self.chance = chance.isNaN ? 0 : min(max(chance, 0), 1.0.nextDown)
    }

    /// The instant at which the wall clock showed, or will show, a time, if it makes no step.
    package func instant(of time: WallTime) -> Instant {
        instant.advanced(by: Duration(heldSeconds: time.seconds(since: wall)))
    }
}
