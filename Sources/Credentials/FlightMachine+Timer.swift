package import Time
import Config

extension FlightMachine {
    /// How long an idle connection counts as used, if its token's life is shorter.
    private static let useLasts: Duration = .seconds(3600)

    /// When the timer should ring next; `nil`: not before another event.
    package var nextTimer: Instant? {
        guard progress == nil, credential.status == .connected, let snapshot,
            snapshot.accessToken != nil, rules.canRenew(credential)
        else { return nil }
        let times = [timerAt, keepAliveAt(snapshot)].compactMap(\.self)
        guard let first = times.min() else { return nil }
        guard let pause = backOff.until else { return first }
        return max(first, pause)
    }

    private func keepAliveAt(_ snapshot: TokenSnapshot) -> Instant? {
        rules.policy.keepAlive.map { snapshot.life.obtainedAt.advanced(by: $0) }
    }

    /// Decides what a ring of the timer comes to.
    ///
    /// An idle connection is left alone, but for `keep_alive`; the next request refreshes it.
    package mutating func timerRang(at now: Moment, lastUsed: Instant?) -> TimerRing {
        guard let next = nextTimer, next <= now.instant, let snapshot else { return .idle }
        let isKept = keepAliveAt(snapshot).map { $0 <= now.instant } ?? false
        guard isKept || isInUse(snapshot, lastUsed: lastUsed, at: now) else {
            timerAt = nil
            return .idle
        }
        return .start(start(.timer, seen: snapshot.generation, at: now))
    }

    /// Whether a request used this token, and not too long ago.
    private func isInUse(_ snapshot: TokenSnapshot, lastUsed: Instant?, at now: Moment) -> Bool {
        guard let lastUsed else { return false }
        // The note of the last use may be a second old.
        let life = snapshot.life
        guard lastUsed >= life.obtainedAt.advanced(by: .seconds(-1)) else { return false }
        let span = life.expiresAt?.duration(since: life.obtainedAt) ?? .zero
        return now.instant.duration(since: lastUsed) <= max(span, FlightMachine.useLasts)
    }
}
