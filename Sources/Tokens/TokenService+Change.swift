package import Config
package import Credentials
internal import IO
internal import Log
internal import Time

/// A credential that a change of its connection is to bring tokens of.
struct HeldCredential {
    /// What was stored before.
    let before: Credential?
    /// What is stored for the connection to be, until that is served: nobody may use it before.
    var kept: Credential?
    /// Whether the connection to be must not be told of what the one of now is still to be told of.
    var moves = false
}

/// Tokens of a connection that is about to be made or changed: stored before anything else is done
/// with them, and used by nobody before the connection is served.
extension TokenService {
    /// How often the vault is tried for what may be the only refresh token that works.
    private static let attemptsMax = 6

    /// Takes the lock of a credential, so that no refresh changes it before `release`.
    ///
    /// - Returns: the generation that is stored; 0 for none.
    /// - Throws: `unavailable` while a refresh goes on for too long, and when the vault cannot be
    ///   read; then nothing is held.
    package func hold(_ id: CredentialID) async throws(CredentialRefusal) -> Int {
        let timeout = lives[id]?.machine.rules.policy.requestTimeout ?? .zero
        do throws(FlightFault) {
            try await takeLock(id, until: loop.now + timeout + Self.vaultPatience)
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
        do throws(CredentialRefusal) {
            let before = try await stored(id)
            held[id] = HeldCredential(before: before)
            began()
            return before?.generation ?? 0
        } catch {
            await desk.unlock(id)
            throw error
        }
    }

    /// Gives the lock back that `hold` took.
    package func release(_ id: CredentialID) async {
        held[id] = nil
        await desk.unlock(id)
        finished()
    }

    /// Stores what an attempt brought for a credential that is held; requests see it as soon as the
    /// connection is inserted or replaced.
    ///
    /// `moves`: what else is stored of the account must not go where the connection does. Where the
    /// tokens cannot be stored the provider is told to end them.
    /// - Throws: `unavailable` when the vault cannot be written; what was stored stays.
    package func keep(
        _ attempt: Attempt,
        for id: CredentialID,
        under next: ConnectionConfiguration,
        moves: Bool
    ) async throws(CredentialRefusal) {
        let rules = FlightRules(of: next, for: id)
        do throws(CredentialRefusal) {
            let new = try await alter(id, attempts: Self.attemptsMax) { old in
                let now = moment().wall
                let current = old ?? Credential()
                let base = moves ? current.disowned(by: rules, at: now) : current
                var new = attempt.credential(inPlaceOf: base, by: rules, at: now)
                new.generation = current.generation &+ 1
                return new
            }
            held[id]?.kept = new
            held[id]?.moves = moves
        } catch {
            end(attempt, of: id, next)
            throw error
        }
    }

    /// Puts back what was stored before `keep`, where the connection cannot be served after all, and
    /// has the provider end what it gave.
    ///
    /// - Throws: `unavailable` when the vault cannot be written; then the new tokens are stored.
    package func takeBack(
        _ attempt: Attempt,
        of id: CredentialID,
        from next: ConnectionConfiguration
    ) async throws(CredentialRefusal) {
        guard let known = held[id], let kept = known.kept else { return }
        if let before = known.before {
            // What a person has put there meanwhile is left alone.
            _ = try await alter(id, attempts: Self.attemptsMax) { current in
                current?.generation == kept.generation ? before : nil
            }
        } else {
            do throws(FlightFault) {
                try await desk.delete(id, until: loop.now + Self.vaultPatience)
            } catch {
                throw .unavailable(code: error.code, message: error.description)
            }
        }
        held[id]?.kept = nil
        end(attempt, of: id, next)
    }

    /// Has a connection that is served from now on use what was kept for it.
    func useKept(of name: String) {
        for (id, known) in held where id.connection == name {
            guard let kept = known.kept else { continue }
            held[id]?.kept = nil
            if known.moves, let old = connections[name] {
                for withdrawal in known.before?.withdrawals ?? [] {
                    tellOn(withdrawal, of: id, old)
                }
            }
            guard let live = lives[id] else { continue }
            _ = live.machine.replaced(with: kept, at: moment())
            live.loading = .tried
            live.wake(.again)
        }
    }

    /// Has the provider end what it gave for an attempt of which nothing is stored.
    private func end(_ attempt: Attempt, of id: CredentialID, _ next: ConnectionConfiguration) {
        var credential = Credential()
        credential.fields = attempt.fields
        tellOn(credential.withdrawal(of: attempt.reply, at: moment().wall), of: id, next)
    }
}
