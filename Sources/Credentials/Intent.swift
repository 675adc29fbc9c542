/// The note that a refresh was about to be asked for, stored before the call.
///
/// Found at a start it means that an answer may have been lost with a crash: the refresh token may
/// be spent, and is tried once more at once, while a provider's grace window is open.
package struct Intent: Hashable, Sendable {
    /// When the first call began whose answer has not been stored.
    package var startedAt: WallTime

    /// Notes a call that begins now.
    package init(startedAt: WallTime) {
        self.startedAt = startedAt
    }
}
