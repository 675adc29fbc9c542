internal import Config
internal import Credentials
internal import IO
internal import Log
internal import Time

/// Tokens that a flight got, and the connection that they belong to, as it was then.
struct Brought {
    let withdrawal: Withdrawal
    let connection: ConnectionConfiguration

    init(withdrawal: Withdrawal, from connection: ConnectionConfiguration) {
        self.withdrawal = withdrawal
        self.connection = connection
    }
}

/// Tokens that came when nobody wanted them any more.
extension TokenService {
    /// The most withdrawals of which nothing is stored.
    private static let orphansMax = 10_000

    /// Sees to it that tokens die which a refresh brought after the credential was taken away.
    func disown(_ brought: Brought, _ flight: Flight, _ live: LiveCredential) async {
        if flight.number <= live.orphans {
            tellOn(brought.withdrawal, of: live.id, brought.connection)
            return
        }
        guard live.machine.rules.tellsRevocations else { return }
        let known = live.machine.credential
        guard known.status == .revoked || known.status == .neverConnected && known.seedConsumed
        else { return }
        do throws(CredentialRefusal) {
            _ = try await replace(live, attempts: 3) { current, _, _ in
                var new = current.owing(brought.withdrawal)
                new.generation = current.generation &+ 1
                return new
            }
        } catch {
            report(untold: error.description, of: live.id, willTry: false)
        }
    }

    /// Tells a provider of tokens of which nothing is stored, again and again while this program
    /// runs; it needs the connection as it was, which may be gone.
    func tellOn(
        _ withdrawal: Withdrawal,
        of id: CredentialID,
        _ connection: ConnectionConfiguration
    ) {
        guard FlightRules(of: connection, for: id).tellsRevocations else { return }
        guard orphans < Self.orphansMax else {
            report(untold: "too many others are to be told", of: id, willTry: false)
            return
        }
        orphans += 1
        loop.start { await self.tellUntilTaken(withdrawal, of: id, connection) }
    }

    private func tellUntilTaken(
        _ withdrawal: Withdrawal,
        of id: CredentialID,
        _ connection: ConnectionConfiguration
    ) async {
        defer { orphans -= 1 }
        var rest = withdrawal
        var backOff = BackOff()
        while true {
            let end = loop.now + connection.tokens.requestTimeout * 2
            guard let failure = await tell(rest, of: id, connection, until: end) else { return }
            rest = failure.rest
            let now = moment()
            let age = now.wall.seconds(since: rest.since)
            let willTry = age < Self.owedMax && !isStopping
            report(untold: failure.message, of: id, willTry: willTry)
            guard willTry else { return }
            let until = backOff.failed(
                retryAfter: failure.retryAfter,
                range: connection.tokens.failureBackoff,
                at: now
            )
            let pause = TimedWait(atDeadline: false)
            orphanPauses.append(pause)
            _ = await pause.wait(on: loop, until: until)
            orphanPauses.removeAll { $0 === pause }
        }
    }
}
