internal import Time
internal import Config
package import Credentials
package import Crypto
internal import IO
package import OAuth

/// What people do with credentials. Each resets every pause, and what it changed is published to
/// every loop before it returns.
extension TokenService {
    /// The state of one credential, with what other processes have stored meanwhile.
    ///
    /// - Throws: `unknownConnection`; `unavailable` when the vault cannot be read.
    package func state(of id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        absorb(try await stored(id), into: live)
        live.loading = .tried
        return try shown(live)
    }

    /// Refreshes now, whatever the token's age, and waits for the end.
    ///
    /// It is a way out of `needs_authorization` and of every pause.
    /// - Throws: why there is no new token.
    package func refresh(_ id: CredentialID) async throws(CredentialRefusal) -> CredentialState {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        let timeout = live.machine.rules.policy.requestTimeout
        // Its own flight may come after another one, and each may wait for a lock first.
        let deadline = loop.now + timeout * 4 + Self.vaultPatience * 2
        await load(live, until: deadline)
        var seen = live.machine.snapshot?.generation ?? -1
        while live.connection != nil {
            var mine: Flight?
            var isForced = true
            switch live.machine.refreshAsked(since: seen, at: moment()) {
            case .done: return try shown(live)
            case .refuse(let fault): throw .refused(code: fault.code, message: fault.message)
            case .join(let flight): isForced = flight.cause.isForced
            case .start(let flight):
                mine = flight
                begin(flight, of: live)
            }
            let wake = await live.wait(on: loop, until: deadline)
            // What somebody asked for before this wish does not fulfil it.
            if !isForced { seen = live.machine.snapshot?.generation ?? seen }
            switch wake {
            case .late: throw .timedOut
            case .ended(.failed(let fault, _)) where mine != nil && fault.needsMending:
                throw .refused(code: fault.code, message: fault.message)
            case .ended(.failed(let fault, _)) where mine != nil:
                throw .unavailable(code: fault.code, message: fault.message)
            case .ended(.refused(_, let fault)) where mine != nil:
                throw .refused(code: fault.code, message: fault.message)
            case .ended, .again: continue
            }
        }
        throw .unknownConnection(id.connection)
    }

    /// Puts tokens that a person brings in the place of the stored ones.
    ///
    /// A refresh token is tried by refreshing, and the result is what is stored; an access token
    /// alone is stored as given. `parameters` are kept as fields.
    /// - Throws: why not; what was stored stays.
    package func importCredential(
        _ id: CredentialID,
        refreshToken: Secret?,
        accessToken: Secret? = nil,
        expiresAt: WallTime? = nil,
        parameters: [String: String] = [:]
    ) async throws(CredentialRefusal) -> CredentialState {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        if let refreshToken {
            guard case .refreshToken = live.machine.rules.renewal else {
                throw .refused(
                    code: "bad_request",
                    message: "the connection's grant has no refresh tokens"
                )
            }
            return try await connect(
                id,
                with: .refreshToken(refreshToken),
                fields: parameters
            )
        }
        guard let accessToken, Self.isToken(accessToken), live.connection?.grant != Grant.none
        else {
            throw .refused(
                code: "bad_request",
                message: "a refresh token, or an access token of visible ASCII, is needed"
            )
        }
        var made: ConnectorState?
        if let connection = live.connection {
            let values = TemplateValues(connection, tenant: id.tenant, fields: parameters)
            made = try await connectorState(of: values, accessToken: accessToken)
        }
        let state = made
        return try await replace(live) { current, rules, now in
            var new = current.imported(
                accessToken: accessToken,
                expiresAt: expiresAt,
                refreshToken: nil,
                by: rules,
                at: now.wall
            )
            new.fields = parameters
            new.connector = state
            return new
        }
    }

    /// Fills the store by a call of the token endpoint: an authorization code, a refresh token.
    ///
    /// The given fields are kept beside those of the reply, which win; `query` is what the callback
    /// brought, for connectors.
    /// - Throws: why there is nothing new; what was stored stays.
    package func connect(
        _ id: CredentialID,
        with grant: TokenGrant,
        fields: [String: String] = [:],
        query: [String: String] = [:]
    ) async throws(CredentialRefusal) -> CredentialState {
        let live = try known(id)
        live.users += 1
        defer { live.users -= 1 }
        guard let connection = live.connection else { throw .unknownConnection(id.connection) }
        began()
        defer { finished() }
        let values = TemplateValues(connection, tenant: id.tenant, fields: fields)
        return try await keep(try await attempt(grant, with: values, query: query), for: id)
    }
}
