internal import Time
package import Config
package import Credentials
internal import Crypto
internal import IO
internal import Log
internal import OAuth

/// Taking tokens away: here at once and durably, and then at the provider (RFC 7009), however long
/// that takes and however often this program starts anew meanwhile.
extension TokenService {
    /// How long a provider that does not take a revocation is told again: 7 days, in seconds.
    static let owedMax = 7.0 * 86_400
    /// How long telling may take when all of a connection is forgotten.
    private static let farewell: Duration = .seconds(20)

    /// Removes the tokens, and serves nothing until somebody reconnects or imports.
    ///
    /// The provider is told after this returned, and again until it takes it.
    /// - Throws: `unknownConnection`; `unavailable` when the vault cannot be written.
    package func revoke(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try await withdraw(id) { current, rules, now in current.revoked(by: rules, at: now.wall) }
    }

    /// Removes the tokens, and leaves a mark: an unchanged first refresh token is not used again.
    ///
    /// The provider is told as under `revoke`.
    /// - Throws: `unknownConnection`; `unavailable` when the vault cannot be written.
    @discardableResult
    package func delete(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        try await withdraw(id) { current, rules, now in current.deleted(by: rules, at: now.wall) }
    }

    /// Removes every record of a connection that was taken out of the directory.
    ///
    /// The provider is told before this returns, as long as that does not take long, and then again
    /// while this program runs: nothing is left to tell it with later.
    /// - Throws: `unavailable` when the vault cannot be read or written.
    package func forget(
        _ connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) {
        let name = connection.name
        let end = loop.now + Self.farewell
        var owed: [(CredentialID, Withdrawal)] = []
        forgetLives(of: name)
        do throws(FlightFault) {
            looks.expire()
            try await lookAgain()
            for id in desk.survey.ids(of: name) {
                let rules = FlightRules(of: connection, for: id)
                let stored = try? await desk.load(id, until: loop.now + Self.vaultPatience)
                let last = stored?.revoked(by: rules, at: moment().wall)
                owed += (last?.withdrawals ?? []).map { (id, $0) }
                try await desk.delete(id, until: loop.now + Self.vaultPatience)
            }
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
        for (id, withdrawal) in owed {
            guard let failure = await tell(withdrawal, of: id, connection, until: end) else {
                continue
            }
            tellOn(failure.rest, of: id, connection)
        }
    }

    /// Removes every record under a connection's name that nobody knows how to tell the provider of.
    ///
    /// - Throws: `unavailable` when the vault cannot be read or written.
    package func forget(connection name: String) async throws(CredentialRefusal) {
        forgetLives(of: name)
        do throws(FlightFault) {
            looks.expire()
            try await lookAgain()
            // Its own record may be unreadable, and so not have been seen.
            let own = CredentialID(connection: name)
            for id in Set(desk.survey.ids(of: name)).union([own]) {
                try await desk.delete(id, until: loop.now + Self.vaultPatience)
            }
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
    }

    private func forgetLives(of name: String) {
        for live in lives.values.filter({ $0.id.connection == name }) { forget(live) }
    }

    /// Begins to tell the provider what it has to know, unless that is under way.
    func settle(_ live: LiveCredential) {
        guard !live.machine.credential.withdrawals.isEmpty, !live.isTelling, !isStopping,
            live.connection != nil
        else { return }
        live.isTelling = true
        let id = live.id
        loop.start { await self.tellAll(id) }
    }

    /// Tells the provider of one withdrawal after the other, with pauses while it does not listen.
    private func tellAll(_ id: CredentialID) async {
        guard let live = lives[id] else { return }
        defer { live.isTelling = false }
        while let owed = live.machine.credential.withdrawals.first, !isStopping,
            let connection = live.connection
        {
            let end = loop.now + connection.tokens.requestTimeout * 2
            let failure = await tell(owed, of: id, connection, until: end)
            let rest = failure.flatMap { failure in
                let age = moment().wall.seconds(since: owed.since)
                report(untold: failure.message, of: id, willTry: age < Self.owedMax)
                return age < Self.owedMax ? failure.rest : nil
            }
            let isNoted = rest == owed ? true : await note(rest, inPlaceOf: owed, of: live)
            if failure == nil, isNoted {
                live.tellBackOff = BackOff()
                live.tellFault = nil
                changed(live)
                continue
            }
            await pause(live, over: failure)
        }
    }

    private func pause(_ live: LiveCredential, over failure: Untold?) async {
        let now = moment()
        let until = live.tellBackOff.failed(
            retryAfter: failure?.retryAfter,
            range: live.machine.rules.policy.failureBackoff,
            at: now
        )
        if let failure {
            live.tellFault = CredentialFault(
                code: "revocation",
                message: "the provider was not told yet: \(failure.message)",
                at: now.wall
            )
            changed(live)
        }
        let wait = TimedWait(atDeadline: false)
        live.tellPause = wait
        _ = await wait.wait(on: loop, until: until)
        live.tellPause = nil
    }

    /// What a provider was not told, and why.
    struct Untold {
        let rest: Withdrawal
        let retryAfter: Duration?
        let message: String
    }

    /// Tells the provider of tokens, the refresh token first; `nil` when it took all.
    func tell(
        _ withdrawal: Withdrawal,
        of id: CredentialID,
        _ connection: ConnectionConfiguration,
        until end: Instant
    ) async -> Untold? {
        var values = TemplateValues(connection, tenant: id.tenant, fields: withdrawal.fields)
        do throws(HookFailure) {
            let parameters = withdrawal.parameters ?? withdrawal.fields
            let own = try await configure(values, parameters: parameters, until: end)
            values = TemplateValues(own, tenant: id.tenant, fields: withdrawal.fields)
        } catch {
            return Untold(rest: withdrawal, retryAfter: nil, message: error.message)
        }
        var rest = withdrawal
        let tokens: [(Secret?, RevocationRequest.Hint, WritableKeyPath<Withdrawal, Secret?>)] = [
            (rest.refreshToken, .refreshToken, \.refreshToken),
            (rest.accessToken, .accessToken, \.accessToken),
        ]
        for (token, hint, path) in tokens {
            guard let token else { continue }
            switch await caller.revoke(token, hint, with: values, until: end) {
            case .done: rest[keyPath: path] = nil
            case .refused(let message):
                rest[keyPath: path] = nil
                report(untold: message, of: id, willTry: false)
            case .later(let retryAfter, let message):
                return Untold(rest: rest, retryAfter: retryAfter, message: message)
            }
        }
        return nil
    }

    /// Stores that the provider was told; false if that was not possible now.
    ///
    /// Under the credential's lock, so that no flight is between its load and its store, and with
    /// the generation that is stored: a flight that waits is not overtaken by this.
    private func note(
        _ rest: Withdrawal?,
        inPlaceOf told: Withdrawal,
        of live: LiveCredential
    ) async -> Bool {
        let id = live.id
        do throws(FlightFault) {
            try await takeLock(id, until: loop.now + Self.vaultPatience)
        } catch {
            return false
        }
        var isNoted = false
        do throws(FlightFault) {
            let deadline = loop.now + Self.vaultPatience
            if var new = try await desk.load(id, until: deadline) {
                let generation = new.generation
                new.withdrawals = new.withdrawals.compactMap { $0 == told ? rest : $0 }
                try await desk.store(new, for: id, replacing: generation, until: deadline)
                live.machine.told(leaving: new.withdrawals)
            } else {
                live.machine.told(leaving: [])
            }
            isNoted = true
        } catch {
            logger.log(
                .warn,
                "a revocation was told, and cannot be noted",
                ["credential": id.description, "reason": error.description]
            )
        }
        await desk.unlock(id)
        return isNoted
    }

    func report(untold message: String, of id: CredentialID, willTry: Bool) {
        logger.log(
            willTry ? .warn : .error,
            willTry
                ? "the provider was not told of a revocation; trying again"
                : "the provider did not end a token: end it there by hand",
            ["credential": id.description, "reason": message]
        )
    }
}
