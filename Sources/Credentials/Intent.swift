/// The note that a refresh was about to be asked for, stored before the call.
///
/// Found at a start it means that an answer may have been lost with a crash: the refresh token may
/// be spent, and is tried once more at once, while a provider's grace window is open.
package struct Intent: Hashable, Sendable {
    /// When the call was about to be made.
    package var startedAt: WallTime
    /// How many calls have begun since the last answer that was stored; at least 1.
    package var attempts: Int

    /// Notes a call that begins now.
    package init(startedAt: WallTime, attempts: Int = 1) {
        self.startedAt = startedAt
        self.attempts = attempts
    }
}
