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
            var new = current.imported(
                accessToken: nil,
                expiresAt: nil,
                refreshToken: attempt.refreshToken,
                by: rules,
                at: now.wall
            )
            new.fields = attempt.fields
            new = new.merged(with: attempt.reply, sentAt: attempt.sentAt, renewal: rules.renewal)
            new.generation = current.generation &+ 1
            return new
        }
    }

    /// Removes every token that was stored under a connection, before another one takes its place
    /// that would send them elsewhere.
    ///
    /// The provider of before is told of them and of what it was still to be told of, again and
    /// again while this program runs: the next one must not be. It is not told of the tokens of
    /// `spared`, for which an attempt has brought others: they may be of the same grant, or the same.
    ///
    /// - Throws: `unavailable` when the vault cannot be read or written.
    package func disown(
        before next: ConnectionConfiguration,
        sparing spared: CredentialID? = nil
    ) async throws(CredentialRefusal) {
        for id in try await ids(of: next.name) {
            guard let old = try await stored(id),
                old.refreshToken != nil || old.accessToken != nil || !old.withdrawals.isEmpty
            else { continue }
            let rules = FlightRules(of: next, for: id)
            let live = try known(id)
            let before = live.connection
            var owed: [Withdrawal] = []
            _ = try await replace(live, orphaning: true) { current, rulesBefore, now in
                let last = id == spared ? current : current.revoked(by: rulesBefore, at: now.wall)
                owed = last.withdrawals
                return current.disowned(by: rules, at: now.wall)
            }
            guard let before else { continue }
            for withdrawal in owed { tellOn(withdrawal, of: id, before) }
        }
    }

    /// Whether something is stored, of whatever account, that was had with a connection's own client,
    /// at its token endpoint and by asking as it does.
    ///
    /// - Throws: `unavailable` when the vault cannot be read.
    package func hasStored(
        under connection: ConnectionConfiguration
    ) async throws(CredentialRefusal) -> Bool {
        for id in try await ids(of: connection.name) {
            let seed = FlightRules(of: connection, for: id).seed.withoutToken
            if try await stored(id)?.seed?.withoutToken == seed { return true }
        }
        return false
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
