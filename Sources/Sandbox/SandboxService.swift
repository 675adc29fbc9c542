package import HTTP

/// The scripted OAuth 2.0 provider and the echo API behind it: requests in, replies out.
///
/// It does no I/O and has no clock, so a test can play every part of a provider without a socket.
/// Each request changes the state wholly or not at all, before the reply is returned; whether the
/// reply then arrives is the driver's affair.
///
/// | path | what |
/// |---|---|
/// | `/token` | token endpoint (RFC 6749, RFC 7523) |
/// | `/authorize` | authorization endpoint, with PKCE (RFC 7636) and `iss` (RFC 9207) |
/// | `/revoke`, `/introspect` | RFC 7009, RFC 7662 |
/// | `/refresh` | the token endpoint of `refresh-elsewhere`, for refreshes alone |
/// | `/account`, `/accounts` | what is known of the account of a token |
/// | `/.well-known/oauth-authorization-server` | metadata (RFC 8414), under OpenID's name too |
/// | `/api/…` | echo API that wants a Bearer token of this provider |
/// | `/open/…` | the same without a token |
/// | `/sandbox/…` | control: clients, grants, script, statistics, reset |
///
/// Before each of them may stand `/p/NAME` or `/p/NAME+NAME`: these personalities then play
/// instead of the ones given at start.
package struct SandboxService: Sendable {
    let limits: SandboxLimits
    let personalities: [Personality]
    var clients: BoundedTable<String, Client>
    var codes: BoundedTable<String, AuthorizationCode>
    var grants: GrantStore
    /// The signed statements that were used, by client and `jti`.
    var statements: BoundedTable<String, Bool>
    var script: Script
    var statistics: Statistics
    var calls: CallLog

    /// Makes a sandbox that plays these personalities at once, and knows the client `demo` with the
    /// secret `demo-secret`.
    package init(_ personalities: [Personality] = [], limits: SandboxLimits = SandboxLimits()) {
        self.limits = limits
        self.personalities = personalities
        clients = BoundedTable(capacity: limits.clients)
        codes = BoundedTable(capacity: limits.codes)
        grants = GrantStore(limits: limits)
        statements = BoundedTable(capacity: limits.statements)
        script = Script(max: limits.scriptEntries)
        statistics = Statistics(clientsMax: limits.clients)
        calls = CallLog(max: limits.calls)
        clients[Client.demo.id] = .demo
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: the request; its body may be left out where a summary is given.
    ///   - summary: length and digest of a body that was read and dropped; only the echo API takes
    ///     such a request.
    ///   - now: seconds since 1970.
    /// - Returns: the reply; hand it to `finished` when it was played or given up.
    package mutating func answer(
        _ request: Request,
        summary: RequestSummary? = nil,
        at now: Double
    ) -> SandboxReply {
        guard let place = Place(request.path, personalities) else {
            return SandboxReply(.refusal(404, "not_found", "There is no such personality."))
        }
        let head = place.segments.first ?? ""
        if head == "api" || head == "open" {
            return echo(request, place, summary ?? RequestSummary(of: request.body), at: now)
        }
        guard summary == nil, request.body.count <= limits.controlBodyBytes else {
            return SandboxReply(.refusal(413, "too_large", "The body is too large."))
        }
        switch place.segments {
        case ["token"], ["refresh"]: return token(request, place, at: now)
        case ["account"]: return SandboxReply(account(request, asList: false, at: now))
        case ["accounts"]: return SandboxReply(account(request, asList: true, at: now))
        case ["revoke"]: return SandboxReply(revoke(request, place, at: now))
        case ["introspect"]: return SandboxReply(introspect(request, place, at: now))
        case ["authorize"]: return SandboxReply(authorize(request, place, at: now))
        case [".well-known", "oauth-authorization-server"],
            [".well-known", "openid-configuration"]:
            return SandboxReply(metadata(request, place))
        case [""]: return SandboxReply(index(request))
        case _ where head == "sandbox": return SandboxReply(control(request, place, at: now))
        case _: return SandboxReply(.refusal(404, "not_found", "There is nothing at this path."))
        }
    }

    /// Notes that a reply was played to its end, or that its caller went away.
    package mutating func finished(_ reply: SandboxReply) {
        if let call = reply.call { statistics.finished(call) }
    }

    /// Puts everything back to how it was at the start; the counts of resets apart.
    mutating func reset() {
        var fresh = SandboxService(personalities, limits: limits)
        statistics.reset()
        fresh.statistics = statistics
        self = fresh
    }

    private func index(_ request: Request) -> Response {
        guard request.method == "GET" else { return .methodNotAllowed("GET") }
        let text = """
            This is the sandbox: an OAuth 2.0 provider and an API for tests. It keeps nothing.

            Token endpoint  POST /token      client demo, secret demo-secret
            Authorize       GET  /authorize
            API             /api/anything    with a token; /open/anything without
            Statistics      GET  /sandbox/stats
            Personalities   /p/NAME/token, and so on:

            """
        return Response(
            status: 200,
            fields: ["Content-Type": "text/plain; charset=utf-8"],
            body: Array((text + Personality.help()).utf8)
        )
    }
}
