package import Config
package import Credentials
package import Crypto
internal import IO
internal import OAuth
internal import Time

/// What a token endpoint gave to somebody who wanted to see whether it would; nothing is stored.
package struct Attempt: Sendable {
    let reply: TokenReply
    /// When the request was sent: lives are counted from there.
    let sentAt: WallTime
    /// The refresh token that was used.
    let refreshToken: Secret?
    /// What was given beside it, to be kept with the tokens.
    let fields: [String: String]

    /// Notes what came of an attempt.
    package init(
        _ reply: TokenReply,
        sentAt: WallTime,
        refreshToken: Secret?,
        fields: [String: String]
    ) {
        self.reply = reply
        self.sentAt = sentAt
        self.refreshToken = refreshToken
        self.fields = fields
    }

    /// What is stored of it in the place of what is stored.
    func credential(
        inPlaceOf current: Credential,
        by rules: FlightRules,
        at now: WallTime
    ) -> Credential {
        var new = current.imported(
            accessToken: nil,
            expiresAt: nil,
            refreshToken: refreshToken,
            by: rules,
            at: now
        )
        new.fields = fields
        new = new.merged(with: reply, sentAt: sentAt, renewal: rules.renewal)
        new.generation = current.generation &+ 1
        return new
    }
}

extension TokenService {
    /// Gets the tokens of a connection that need not be in use: with a refresh token, else with the
    /// client's own credentials.
    ///
    /// - Throws: why the provider gives none.
    package func attempt(
        _ connection: ConnectionConfiguration,
        tenant: String?,
        refreshToken: Secret?
    ) async throws(CredentialRefusal) -> Attempt {
        began()
        defer { finished() }
        let values = TemplateValues(connection, tenant: tenant, fields: [:])
        return try await attempt(Self.grant(refreshToken, of: connection), with: values)
    }

    /// Gets tokens by a call of the token endpoint; `query` is what a callback brought.
    func attempt(
        _ grant: TokenGrant?,
        with values: TemplateValues,
        query: [String: String] = [:]
    ) async throws(CredentialRefusal) -> Attempt {
        let connection = values.connection
        // The queue before a busy token endpoint is given as long as the call itself.
        let end = loop.now + connection.tokens.requestTimeout * 2
        let called = await ask(grant, with: values, query: query, until: end)
        var reply = try Self.reply(of: called.outcome)
        if case .authorizationCode = grant, connection.refresh, reply.refreshToken == nil {
            throw .refused(
                code: "no_refresh_token",
                message: "the provider gave no refresh token; see `extra`, or write `refresh off`"
            )
        }
        reply.fields.merge(try await lookups(with: reply, over: values)) { $1 }
        let given: Secret? = if case .refreshToken(let token) = grant { token } else { nil }
        return Attempt(
            reply,
            sentAt: called.sentAt.wall,
            refreshToken: given,
            fields: values.fields
        )
    }

    /// Stores what an attempt brought in the place of what is stored, and publishes it.
    ///
    /// The given fields are kept beside those of the reply, which win.
    /// - Throws: `unknownConnection`; `unavailable` when the vault cannot be written.
    package func keep(
        _ attempt: Attempt,
        for id: CredentialID
    ) async throws(CredentialRefusal) -> CredentialState {
        // The reply may hold the only refresh token that works: the vault is tried again for it.
        let live = try known(id)
        if let key = clientKey(of: live) { lift { $0 == key } }
        return try await replace(live, attempts: 6) { current, rules, now in
            attempt.credential(inPlaceOf: current, by: rules, at: now.wall)
        }
    }

    /// Removes every token that was stored under a connection, before another one takes its place
    /// that would send them elsewhere; `kept` is the account that has the new one's tokens already.
    ///
    /// The provider of before is told of them and of what it was still to be told of, again and
    /// again while this program runs: the next one must not be. Where the connection is not in use,
    /// nobody knows it. A vault that fails is tried again for each account.
    /// - Throws: `unavailable` when the vault cannot be read or written.
    package func disown(
        before next: ConnectionConfiguration,
        except kept: CredentialID? = nil
    ) async throws(CredentialRefusal) {
        let before = connections[next.name]
        for id in try await ids(of: next.name) where id != kept {
            let rules = FlightRules(of: next, for: id)
            var owed: [Withdrawal] = []
            let new = try await alter(id, attempts: 6) { old in
                guard let old,
                    old.refreshToken != nil || old.accessToken != nil || !old.withdrawals.isEmpty
                else { return nil }
                let now = moment().wall
                let last = before.map { old.revoked(by: FlightRules(of: $0, for: id), at: now) }
                owed = last?.withdrawals ?? []
                return old.disowned(by: rules, at: now)
            }
            guard let new else { continue }
            if let live = lives[id] {
                // Not before: a flight may have begun meanwhile.
                live.orphans = live.machine.flightsStarted
                put(new, into: live)
            }
            guard let before else { continue }
            for withdrawal in owed { tellOn(withdrawal, of: id, before) }
        }
    }

    /// Whether what a change was to bring is stored: tokens of its account that came after those of
    /// that generation, had with the connection's own client, at its token endpoint and by asking as
    /// it does.
    ///
    /// - Throws: `unavailable` when the vault cannot be read.
    package func hasStored(
        of id: CredentialID,
        after generation: Int,
        under connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) -> Bool {
        guard let stored = try await stored(id), stored.generation > generation else {
            return false
        }
        return stored.seed?.withoutToken == FlightRules(of: connection, for: id).seed.withoutToken
    }

    /// Whose credentials of a connection are stored or in use.
    private func ids(of name: String) async throws(CredentialRefusal) -> Set<CredentialID> {
        do throws(FlightFault) {
            looks.expire()
            try await lookAgain()
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
        return Set(desk.survey.ids(of: name) + lives.keys).filter { $0.connection == name }
    }
}
