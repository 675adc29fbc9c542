/// All that one consent, or one client's own grant, has brought forth.
///
/// Refresh tokens are numbered from 1, so that a family needs no list of the spent ones: a number
/// that was issued and is not live any more was used.
struct Family: Sendable {
    /// A refresh token that works.
    struct Live: Sendable {
        let number: Int
        let expiresAt: Double?
    }

    /// A refresh token that was used.
    struct Spent: Sendable {
        let number: Int
        let at: Double
    }

    /// The most live and the most lately spent refresh tokens that are remembered.
    static let remembered = 64

    let id: String
    let client: String
    let scope: String
    /// Refresh tokens issued so far.
    private(set) var issued = 0
    private(set) var live: [Live] = []
    private(set) var spent: [Spent] = []
    /// Access tokens issued so far.
    private(set) var accessIssued = 0
    /// Access tokens with a smaller number are dead.
    private(set) var accessFloor = 0
    /// Refreshes that changed the state.
    var refreshes = 0
    private(set) var isRevoked = false

    init(id: String, client: String, scope: String) {
        self.id = id
        self.client = client
        self.scope = scope
    }

    /// Issues the next refresh token and returns its number.
    mutating func issueRefresh(expiresAt: Double?) -> Int {
        issued += 1
        live.append(Live(number: issued, expiresAt: expiresAt))
        if live.count > Family.remembered { live.removeFirst() }
        return issued
    }

    /// Issues the next access token and returns its number.
    mutating func issueAccess(killingOlder: Bool) -> Int {
        accessIssued += 1
        if killingOlder { accessFloor = accessIssued }
        return accessIssued
    }

    /// Marks a live refresh token as used; one that is in its grace keeps the moment of its first use.
    mutating func spend(_ number: Int, at now: Double) {
        guard let place = live.firstIndex(where: { $0.number == number }) else { return }
        live.remove(at: place)
        spent.append(Spent(number: number, at: now))
        if spent.count > Family.remembered { spent.removeFirst() }
    }

    /// Ends everything that came from it.
    mutating func revoke() {
        isRevoked = true
        live = []
        killAccess()
    }

    /// Ends the access tokens issued so far.
    mutating func killAccess() {
        accessFloor = accessIssued + 1
    }

    /// Why a refresh token does not work.
    enum Refusal: Error, Equatable {
        case unknown, revoked, expired, reused
    }

    /// Checks a refresh token of this family.
    ///
    /// - Throws: why it does not work; `reused` for one that was used before.
    func check(_ number: Int, rule: Behaviour.RefreshRule, at now: Double) throws(Refusal) {
        guard number >= 1, number <= issued else { throw .unknown }
        if isRevoked { throw .revoked }
        if let found = live.first(where: { $0.number == number }) {
            if let end = found.expiresAt, now >= end { throw .expired }
            return
        }
        guard case .once(let grace, _) = rule, grace > 0,
            let use = spent.last(where: { $0.number == number }), now - use.at <= grace
        else { throw .reused }
    }
}
