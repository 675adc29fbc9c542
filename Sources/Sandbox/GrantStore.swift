import Crypto

/// The provider's tokens: families of refresh tokens and the access tokens they brought.
struct GrantStore: Sendable {
    /// What is known of one access token.
    struct Access: Sendable {
        let family: String
        let number: Int
        let client: String
        let scope: String
        let expiresAt: Double
    }

    /// What a grant gave.
    struct Issue: Sendable {
        let family: String
        let scope: String
        let accessToken: String
        /// `nil` where the grant brings none.
        var refreshToken: String?
        /// Whether the family had brought nothing before.
        let isFirst: Bool
    }

    private(set) var families: BoundedTable<String, Family>
    private(set) var access: BoundedTable<String, Access>
    private let mint = TokenMint()
    /// Families that were ended, by reuse or by revocation.
    private(set) var familiesRevoked = 0
    /// Uses of a spent refresh token outside its grace.
    private(set) var reuses = 0

    init(limits: SandboxLimits) {
        families = BoundedTable(capacity: limits.families)
        access = BoundedTable(capacity: limits.accessTokens)
    }

    /// Starts a family, and gives its first tokens.
    mutating func start(
        client: String,
        scope: String,
        behaviour: Behaviour,
        refresh: Bool = true,
        at now: Double
    ) -> Issue {
        let id = Hex.encode(Random.bytes(8))
        families[id] = Family(id: id, client: client, scope: scope)
        return issue(from: id, refresh: refresh, repeating: nil, behaviour, at: now)
    }

    /// Gives an access token for the client itself, without a refresh token.
    mutating func issueToClient(
        _ client: String,
        scope: String,
        behaviour: Behaviour,
        at now: Double
    ) -> Issue {
        let id = "client:\(client):\(scope)"
        if families[id].map(\.isRevoked) ?? true {
            families[id] = Family(id: id, client: client, scope: scope)
        }
        return issue(from: id, refresh: false, repeating: nil, behaviour, at: now)
    }

    /// Uses a refresh token.
    ///
    /// - Throws: why it does not work; a reuse has then ended the family where the rule says so.
    mutating func redeem(
        _ token: String,
        client: String,
        behaviour: Behaviour,
        at now: Double
    ) throws(Family.Refusal) -> Issue {
        guard let (id, number) = mint.read(token), let family = families[id],
            family.client == client
        else { throw .unknown }
        do {
            try family.check(number, rule: behaviour.refresh, at: now)
        } catch .reused {
            reuses += 1
            if case .once(_, revokesFamily: true) = behaviour.refresh { revoke(family: id) }
            throw .reused
        }
        families.change(id) { family in
            family.refreshes += 1
            if case .once = behaviour.refresh { family.spend(number, at: now) }
        }
        switch behaviour.refresh {
        case .same: return issue(from: id, refresh: false, repeating: token, behaviour, at: now)
        case .omitted: return issue(from: id, refresh: false, repeating: nil, behaviour, at: now)
        case .many, .once: return issue(from: id, refresh: true, repeating: nil, behaviour, at: now)
        }
    }

    private mutating func issue(
        from id: String,
        refresh: Bool,
        repeating old: String?,
        _ behaviour: Behaviour,
        at now: Double
    ) -> Issue {
        var number = 0
        var refreshToken = old
        var scope = ""
        var client = ""
        families.change(id) { family in
            number = family.issueAccess(killingOlder: behaviour.killsOldAccess)
            scope = family.scope
            client = family.client
            guard refresh else { return }
            let end = behaviour.refreshLifetime.map { now + Double($0) }
            refreshToken = mint.refreshToken(
                family: id,
                number: family.issueRefresh(expiresAt: end)
            )
        }
        let token = mint.accessToken(behaviour.tokenForm)
        access[token] = Access(
            family: id,
            number: number,
            client: client,
            scope: scope,
            expiresAt: now + Double(behaviour.accessLifetime)
        )
        return Issue(
            family: id,
            scope: scope,
            accessToken: token,
            refreshToken: refreshToken,
            isFirst: number == 1
        )
    }

    /// The access token, if it works now.
    func live(_ token: String, at now: Double) -> Access? {
        guard let found = access[token], GrantStore.isLive(found, families, at: now) else {
            return nil
        }
        return found
    }

    /// The family of a refresh token that works now.
    func family(ofLive token: String, at now: Double) -> Family? {
        guard let (id, number) = mint.read(token), let family = families[id],
            (try? family.check(number, rule: .same, at: now)) != nil
        else { return nil }
        return family
    }

    /// The family of a refresh token that was issued at some time.
    func family(ofIssued token: String) -> Family? {
        mint.read(token).flatMap { families[$0.family] }
    }

    /// How many access tokens work now.
    func liveAccessCount(at now: Double) -> Int {
        access.all.count { GrantStore.isLive($0, families, at: now) }
    }

    /// Ends a family and all its tokens.
    mutating func revoke(family id: String) {
        guard let family = families[id], !family.isRevoked else { return }
        families.change(id) { $0.revoke() }
        familiesRevoked += 1
    }

    /// Ends one access token.
    mutating func kill(_ token: String) {
        access[token] = nil
    }

    /// Ends the access tokens of all families that the test accepts; returns how many worked.
    mutating func killAccess(at now: Double, where isMeant: (Access) -> Bool) -> Int {
        var killed = 0
        let families = families
        _ = access.remove { _, found in
            guard isMeant(found) else { return false }
            if GrantStore.isLive(found, families, at: now) { killed += 1 }
            return true
        }
        return killed
    }

    private static func isLive(
        _ found: Access,
        _ families: BoundedTable<String, Family>,
        at now: Double
    ) -> Bool {
        guard now < found.expiresAt, let family = families[found.family] else { return false }
        return found.number >= family.accessFloor && !family.isRevoked
    }
}
