internal import Config
internal import Credentials
internal import IO
internal import Log
internal import OAuth
internal import Time

/// Clients that are refused (`invalid_client`): what that says of one account it says of all.
extension TokenService {
    /// The most clients that are kept in mind as refused.
    private static let pausesMax = 1000

    /// Why a flight must not call now: its client is refused, and another one tries.
    ///
    /// Who comes first after each pause is the one who tries, and is followed by `ended`; a person's
    /// wish always goes through.
    func heldBack(
        _ flight: Flight,
        of live: LiveCredential,
        _ key: ClientKey?
    ) -> FlightFault? {
        guard let key, var pause = clientPauses[key] else { return nil }
        let now = moment()
        let remaining = pause.remaining(at: now.instant)
        guard remaining == .zero || flight.cause == .admin else {
            return .clientRefused(reason: pause.reason, pause: remaining)
        }
        let span = live.machine.rules.policy.requestTimeout + Self.slack
        pause.admit(flight, of: live.id, for: span, at: now)
        clientPauses[key] = pause
        return nil
    }

    /// Takes the end of a flight that was not held back: where it tried for a refused client and
    /// brought no answer to that, the others wait for it no longer.
    func ended(_ flight: Flight, of live: LiveCredential, _ key: ClientKey?) {
        guard let key, var pause = clientPauses[key] else { return }
        let now = moment()
        let range = live.machine.rules.policy.failureBackoff
        guard pause.ended(flight, of: live.id, range: range, at: now) else { return }
        clientPauses[key] = pause
        let remaining = pause.remaining(at: now.instant)
        for other in lives.values where other.id.connection == key.connection {
            if other.machine.clientPaused(for: remaining, at: now) { arm(other) }
        }
    }

    /// What a call's outcome says of the client that made it; a fault if others had found before
    /// that it is refused, so that this account itself need not be.
    func judge(
        _ outcome: TokenOutcome,
        of flight: Flight,
        _ live: LiveCredential,
        _ key: ClientKey?
    ) -> FlightFault? {
        // What a client of before the last change was told says nothing of the one of now.
        guard let key, key.seed == live.machine.rules.seed.withoutToken else { return nil }
        guard !outcome.acceptsClient else {
            lift { $0 == key }
            return nil
        }
        guard outcome.refusesClient, case .configuration(_, let reason) = outcome else {
            return nil
        }
        let now = moment()
        let range = live.machine.rules.policy.failureBackoff
        guard var pause = clientPauses[key] else {
            begin(ClientPause(over: reason, range: range, at: now), for: key)
            return nil
        }
        pause.refused(flight, of: live.id, over: reason, range: range, at: now)
        clientPauses[key] = pause
        return .clientRefused(reason: pause.reason, pause: pause.remaining(at: now.instant))
    }

    private func begin(_ pause: ClientPause, for key: ClientKey) {
        if clientPauses.count >= Self.pausesMax {
            let now = loop.now
            clientPauses = clientPauses.filter { $1.remaining(at: now) > .zero }
        }
        guard clientPauses.count < Self.pausesMax else { return }
        clientPauses[key] = pause
        logger.log(
            .error,
            "a client is refused: its accounts wait until it is mended",
            ["connection": key.connection, "reason": pause.reason]
        )
    }

    /// Ends the pause of clients, and of all accounts that wait for them.
    func lift(where isMeant: (ClientKey) -> Bool) {
        let keys = clientPauses.keys.filter(isMeant)
        guard !keys.isEmpty else { return }
        for key in keys { clientPauses[key] = nil }
        let connections = Set(keys.map(\.connection))
        for live in lives.values where connections.contains(live.id.connection) {
            guard live.machine.clientAccepted() else { continue }
            changed(live)
            arm(live)
        }
    }

    /// Which client an account has; `nil` if that is not known.
    func clientKey(of live: LiveCredential) -> ClientKey? {
        live.connection.flatMap { connection in
            ClientKey(of: connection, for: live.id, live.machine.credential, live.machine.rules)
        }
    }
}
