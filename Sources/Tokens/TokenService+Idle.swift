internal import Time
internal import Config
internal import Credentials
internal import IO

/// Having in memory what is in use, and no more.
extension TokenService {
    /// How many credentials are in memory before those of nobody are looked for.
    static let livesBeforeSweep = 10_000
    /// How many tenants are loaded at once to be kept alive.
    private static let keptBatch = 256

    /// Lets go of credentials before callers fill the memory: of tenants that have nothing, and
    /// then of those that were used longest ago.
    func sweep() {
        guard lives.count >= sweepAt else { return }
        let now = moment()
        let idle = lives.values.filter { $0.isIdle(at: now) }
        for live in idle where live.hasNothing { unload(live) }
        if lives.count >= livesMax {
            let excess = lives.count - livesMax / 4 * 3
            let stored = idle.filter { lives[$0.id] === $0 }.map { live in
                (live: live, lastUsed: live.slot.lastUsed ?? Instant(nanoseconds: .min))
            }
            let oldest = stored.sorted { $0.lastUsed < $1.lastUsed }.prefix(excess)
            for (live, _) in oldest { unload(live) }
        }
        // Where all are in use, they are not looked through for each new one.
        let next = lives.count < livesMax ? lives.count * 2 : lives.count / 4 * 5
        sweepAt = max(
            min(Self.livesBeforeSweep, livesMax),
            min(next, max(livesMax, lives.count + 1))
        )
    }

    /// Lets a credential go, which the next one who asks for it loads again.
    private func unload(_ live: LiveCredential) {
        note(live)
        if let connection = live.connection, index[live.id] != nil {
            let keepAt = keepAt(live.machine.credential, connection)
            index[live.id]?.keepAt = keepAt
            setKeepTimer(keepAt)
        }
        remove(live)
    }

    /// Loads the tenants that are to be kept alive now, whose timers do the rest, and sets the
    /// clock for the next ones.
    func keepAlive() {
        guard !isStopping else { return }
        var next = Instant.never
        for connection in connections.values where connection.tokens.keepAlive != nil {
            let (ids, later) = index.due(of: connection.name, at: loop.now)
            next = min(next, later)
            if ids.count > Self.keptBatch { next = loop.now + .seconds(1) }
            for id in ids.prefix(Self.keptBatch) {
                // From here on its own timer knows.
                index[id]?.keepAt = .never
                if lives[id] == nil { loop.start { await self.load(id) } }
            }
        }
        setKeepTimer(next)
    }

    /// Sets the clock for the next tenant to be kept alive, unless an earlier one is set.
    private func setKeepTimer(_ next: Instant) {
        guard next < keepTimer?.deadline ?? .never else { return }
        let timer =
            keepTimer
            ?? LoopTimer { [loop, weak self] in
                guard let self else { return }
                loop.start { await self.keepAlive() }
            }
        keepTimer = timer
        loop.setDeadline(timer, next)
    }

    private func load(_ id: CredentialID) async {
        guard let live = live(id) else { return }
        live.users += 1
        defer { live.users -= 1 }
        await load(live, until: loop.now + Self.vaultPatience)
    }
}
