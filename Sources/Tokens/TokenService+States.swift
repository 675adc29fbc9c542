internal import Config
package import Credentials
internal import IO
internal import Time

/// Listing where all credentials stand.
extension TokenService {
    /// The most that one page has.
    private static let pageMax = 1000
    /// How long the first look at all that is stored is waited for.
    private static let firstPatience: Duration = .milliseconds(500)

    /// A page of every configured connection and every tenant that has credentials, by name, where
    /// the next page begins, if there is one, and whether all tenants are known by now.
    ///
    /// `tenant` and `state`, where given, are the only ones wanted. Records are opened for the
    /// page's own tenants alone. Changes meanwhile make no page repeat or leave out what stays.
    /// Before the end of the first look at a large store there are only those that it has found, but
    /// of one tenant that is named, all.
    /// - Throws: `refused` for a cursor that no page gave; `unavailable` when the vault cannot be
    ///   listed.
    package func states(
        tenant: String? = nil,
        state: ConnectionState? = nil,
        limit: Int,
        after cursor: String? = nil
    ) async throws(CredentialRefusal) -> (states: [CredentialState], next: String?, isWhole: Bool) {
        var after: CredentialID?
        if let cursor {
            guard let place = ListPlace(cursor: cursor) else {
                throw .refused(code: "bad_request", message: "no page has given this cursor")
            }
            after = place.id
        }
        let isWhole: Bool
        do throws(FlightFault) {
            isWhole = try await lookForList() || tenant != nil
        } catch {
            throw .unavailable(code: error.code, message: error.description)
        }
        let limit = min(max(1, limit), Self.pageMax)
        var page: [CredentialState] = []
        // One more than wanted tells whether there is a next page.
        while page.count <= limit {
            let ids = listed(tenant, state, after: after, limit: limit + 1 - page.count)
            guard let last = ids.last else { break }
            page += await shown(ids).filter { shown in
                if let state, shown.state != state { return false }
                return shown.id.tenant == nil || shown.state != .neverConnected
            }
            after = last
        }
        guard page.count > limit else { return (page, nil, isWhole) }
        page.removeLast(page.count - limit)
        return (page, page.last.map { ListPlace(after: $0.id).cursor }, isWhole)
    }

    /// Brings the index up to date; says whether it has all, for which a large store is not waited.
    private func lookForList() async throws(FlightFault) -> Bool {
        guard !looks.isFirstDone else {
            try await lookAgain()
            return true
        }
        if !looks.isRunning {
            guard loop.now >= looks.nextAt else { return false }
            loop.start { await self.survey() }
        }
        let wait = TimedWait(atDeadline: Result<Void, FlightFault>.success(()))
        looks.waits.append(wait)
        try await wait.wait(on: loop, until: loop.now + Self.firstPatience).get()
        return looks.isFirstDone
    }

    /// The names that a page may hold, as far as the index knows.
    private func listed(
        _ tenant: String?,
        _ state: ConnectionState?,
        after: CredentialID?,
        limit: Int
    ) -> [CredentialID] {
        var found: [CredentialID] = []
        for name in connections.keys.sorted() {
            let isLast = after?.connection == name
            if let after, name < after.connection { continue }
            guard found.count < limit else { break }
            if !isLast, tenant == nil { found.append(CredentialID(connection: name)) }
            if let tenant, !looks.isFirstDone {
                // Whether there is something of it is seen when it is opened.
                let isAfter = after.map { !isLast || $0.tenant.map { $0 < tenant } ?? true } ?? true
                if isAfter { found.append(CredentialID(connection: name, tenant: tenant)) }
                continue
            }
            found += index.tenants(
                of: name,
                after: isLast ? after?.tenant : nil,
                tenant: tenant,
                state: state,
                limit: limit - found.count
            )
        }
        return found
    }

    /// What people may see of some credentials: of those in use what is known, the others are read.
    private func shown(_ ids: [CredentialID]) async -> [CredentialState] {
        let unknown = ids.filter { lives[$0]?.loading != .tried }
        var read: [CredentialID: CredentialState] = [:]
        for (id, result) in await self.read(unknown) {
            guard let connection = connections[id.connection] else { continue }
            var machine = FlightMachine(id: id, rules: FlightRules(of: connection, for: id))
            if case .success(let stored) = result { _ = machine.loaded(stored, at: moment()) }
            read[id] = CredentialState(machine, of: connection, lastUsedAt: nil)
        }
        return ids.compactMap { id in
            guard let live = lives[id], live.loading == .tried else { return read[id] }
            return self.state(of: live)
        }
    }
}
