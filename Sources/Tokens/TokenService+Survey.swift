internal import Time
internal import Config
internal import Credentials
internal import IO
internal import Log

/// Knowing all tenants without having them in memory.
extension TokenService {
    /// How many records one job on a disk's thread opens.
    private static let batch = 64
    /// A look is followed by a pause of so many times its length, however often lists are asked for.
    private static let pauseShare = 10

    /// Looks through all that is stored, and waits for the end of that.
    ///
    /// The first time it finds the tenants whose last refresh was cut off, and those that must be
    /// kept alive; the others are left to their first request. Later it opens what has changed. It
    /// always finds those of whose end the provider is still to be told.
    package func survey() async {
        do throws(FlightFault) {
            try await lookAgain()
        } catch {
            logger.log(.error, "the vault cannot be listed", ["reason": error.description])
        }
    }

    /// Looks at what other processes have stored, unless somebody has done so just now.
    func lookAgain() async throws(FlightFault) {
        if looks.isRunning {
            let wait = TimedWait(atDeadline: Result<Void, FlightFault>.failure(.timedOut))
            looks.waits.append(wait)
            return try await wait.wait(on: loop, until: loop.now + Self.listPatience).get()
        }
        guard loop.now >= looks.nextAt else { return }
        looks.began()
        let start = Instant.now
        let result: Result<Void, FlightFault>
        do throws(FlightFault) {
            try await look()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        let now = Instant.now
        looks.ended(result, nextAt: now + (now - start) * Self.pauseShare)
        try result.get()
    }

    private func look() async throws(FlightFault) {
        let (changed, gone) = try await desk.look(until: loop.now + Self.listPatience)
        for id in gone where lives[id] == nil { index[id] = nil }
        var rest = changed[...]
        while !rest.isEmpty, !isStopping {
            let batch = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(batch.count)
            for finding in try await desk.open(batch, until: loop.now + Self.vaultPatience) {
                take(finding)
            }
        }
        keepAlive()
    }

    private func take(_ finding: Survey.Finding) {
        switch finding {
        case .found(let id, let credential): take(credential, of: id)
        case .gone(let id): if lives[id] == nil { index[id] = nil }
        case .unreadable(let error):
            logger.log(.error, "a record cannot be read", ["reason": error.description])
        }
    }

    private func take(_ stored: Credential, of id: CredentialID) {
        guard let connection = connections[id.connection] else { return }
        let isCutOff = !looks.isFirstDone && stored.intent != nil && id.tenant != nil
        let isOwing = !stored.withdrawals.isEmpty
        if isCutOff || isOwing || current(id)?.loading == .tried {
            guard let live = live(id) else { return }
            absorb(stored, into: live)
            live.loading = .tried
            live.wake(.again)
        } else {
            index[id] = entry(of: stored, id, connection)
        }
    }

    /// What the index says of a credential that nobody uses.
    private func entry(
        of stored: Credential,
        _ id: CredentialID,
        _ connection: ConnectionConfiguration
    ) -> TenantIndex.Entry? {
        let credential = stored.seeded(by: FlightRules(of: connection, for: id))
        let state: ConnectionState
        switch credential.status {
        case .neverConnected: return nil
        case .connected: state = .connected
        case .needsAuthorization: state = .needsAuthorization
        case .revoked: state = .revoked
        }
        return TenantIndex.Entry(state: state, keepAt: keepAt(credential, connection))
    }

    /// When a tenant is to be refreshed though nobody uses it.
    func keepAt(
        _ credential: Credential,
        _ connection: ConnectionConfiguration
    ) -> Instant {
        guard let span = connection.tokens.keepAlive, credential.status == .connected,
            credential.accessToken != nil, let obtainedAt = credential.obtainedAt
        else { return .never }
        return moment().instant(of: obtainedAt).advanced(by: span)
    }

    /// Brings the index up to date with a credential in memory, which has a timer of its own.
    func note(_ live: LiveCredential) {
        guard live.id.tenant != nil, live.connection != nil else { return }
        index[live.id] =
            !live.hasNothing ? TenantIndex.Entry(state: live.machine.state(), keepAt: .never) : nil
    }
}
