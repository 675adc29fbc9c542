internal import Time
internal import Credentials
internal import IO

extension TokenService {
    /// Sets the credential's timer to when its machine wants it.
    func arm(_ live: LiveCredential) {
        if let timer = live.timer { loop.cancel(timer) }
        guard !isStopping, live.connection != nil, let next = live.machine.nextTimer else {
            return
        }
        let timer = live.timer ?? makeTimer(live.id)
        live.timer = timer
        loop.setDeadline(timer, next)
    }

    private func makeTimer(_ id: CredentialID) -> LoopTimer {
        LoopTimer { [loop, weak self] in
            guard let self else { return }
            loop.start { await self.rang(id) }
        }
    }

    private func rang(_ id: CredentialID) {
        guard let live = current(id), live.connection != nil, !isStopping else { return }
        switch live.machine.timerRang(at: moment(), lastUsed: live.slot.lastUsed) {
        case .start(let flight): begin(flight, of: live)
        case .idle: arm(live)
        }
    }
}
