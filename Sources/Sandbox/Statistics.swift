import JSON

/// Marks one call of the token endpoint between its arrival and the end of its answer.
package struct TokenCallMark: Sendable, Equatable {
    let client: String
    let isRefresh: Bool
    /// How many resets of the sandbox came before it.
    let era: Int
}

/// How a call of the token endpoint ended, for the counts.
enum CallResult: Sendable {
    /// Tokens were issued; whether the caller can have got them.
    case committed(answered: Bool)
    /// Refused with this error code.
    case refused(String)
    /// Nothing was done: a scripted or personal answer or fault came instead.
    case played
}

/// What the sandbox has seen since its start or last reset.
struct Statistics: Sendable {
    /// Counts of one grant type.
    struct Grant: Sendable {
        var calls = 0
        var committed = 0
        /// Committed, but the caller cannot have got the answer.
        var lost = 0
        var refused = 0
        var played = 0
    }

    /// Calls of the token endpoint, over all or of one client.
    struct Calls: Sendable {
        var calls = 0
        var refreshes = 0
        var parallel = 0
        var parallelMax = 0
    }

    private(set) var grants: [String: Grant] = [:]
    private(set) var refusals: [String: Int] = [:]
    private(set) var total = Calls()
    private(set) var clients: [String: Calls] = [:]
    private(set) var era = 0
    var apiCalls = 0
    var apiRefused = 0
    private let clientsMax: Int

    init(clientsMax: Int) {
        self.clientsMax = clientsMax
    }

    /// Notes that a call arrived.
    mutating func began(client: String, isRefresh: Bool) -> TokenCallMark {
        total.begin()
        if clients.count < clientsMax || clients[client] != nil {
            clients[client, default: Calls()].begin()
        }
        return TokenCallMark(client: client, isRefresh: isRefresh, era: era)
    }

    /// Notes what was decided about a call.
    ///
    /// `grant` must be one of a fixed set of names, so that the counts stay few.
    mutating func decided(_ mark: TokenCallMark, grant: String, _ result: CallResult) {
        var counts = grants[grant] ?? Grant()
        counts.calls += 1
        switch result {
        case .committed(let answered):
            counts.committed += 1
            if !answered { counts.lost += 1 }
            if mark.isRefresh {
                total.refreshes += 1
                clients[mark.client]?.refreshes += 1
            }
        case .refused(let code):
            counts.refused += 1
            refusals[code, default: 0] += 1
        case .played: counts.played += 1
        }
        grants[grant] = counts
    }

    /// Notes that a call's answer has ended, however it did.
    mutating func finished(_ mark: TokenCallMark) {
        guard mark.era == era else { return }
        total.end()
        clients[mark.client]?.end()
    }

    /// Forgets everything; calls that are still under way are not counted when they end.
    mutating func reset() {
        let next = era + 1
        self = Statistics(clientsMax: clientsMax)
        era = next
    }
}

extension Statistics.Calls {
    fileprivate mutating func begin() {
        calls += 1
        parallel += 1
        parallelMax = max(parallelMax, parallel)
    }

    fileprivate mutating func end() {
        parallel = max(0, parallel - 1)
    }

    var json: JSONValue {
        [
            "calls": .number(calls), "refreshes": .number(refreshes),
            "parallel": .number(parallel), "parallel_max": .number(parallelMax),
        ]
    }
}

extension Statistics.Grant {
    var json: JSONValue {
        [
            "calls": .number(calls), "committed": .number(committed), "lost": .number(lost),
            "refused": .number(refused), "played": .number(played),
        ]
    }
}

extension Dictionary where Key == String {
    /// The dictionary as an object, its members sorted by name.
    func json(_ value: (Value) -> JSONValue) -> JSONValue {
        .object(sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, value($0.value)) })
    }
}
