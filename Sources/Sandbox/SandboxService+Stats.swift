import JSON

extension SandboxService {
    /// The body of `GET /sandbox/stats`.
    func stats(at now: Double) -> JSONValue {
        let families = grants.families.all.filter { $0.issued > 0 }
        let refreshes = families.map(\.refreshes)
        let alive = families.filter { !$0.isRevoked }
        return [
            "token_calls": .number(statistics.total.calls),
            "refreshes": .number(statistics.total.refreshes),
            "parallel": .number(statistics.total.parallel),
            "parallel_max": .number(statistics.total.parallelMax),
            "grants": statistics.grants.json(\.json),
            "refusals": statistics.refusals.json { .number($0) },
            "clients": statistics.clients.json(\.json),
            "families": [
                "live": .number(alive.count),
                "revoked": .number(grants.familiesRevoked),
                "reuses": .number(grants.reuses),
                "refreshes_min": .number(refreshes.min() ?? 0),
                "refreshes_max": .number(refreshes.max() ?? 0),
            ],
            "access_tokens_live": .number(grants.liveAccessCount(at: now)),
            "refresh_tokens_live": .number(alive.reduce(0) { $0 + $1.live.count }),
            "script": .number(script.count),
            "api": [
                "calls": .number(statistics.apiCalls),
                "unauthorized": .number(statistics.apiRefused),
            ],
            "personalities": .array(personalities.map { .string($0.name) }),
        ]
    }
}
