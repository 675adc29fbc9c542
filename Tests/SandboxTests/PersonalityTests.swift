import HTTP
import JSON
import Sandbox
import Testing

/// What each personality answers to a refresh, beside the plain one.
@Suite struct PersonalityTests {
    typealias Check = @Sendable (SandboxReply, String) -> Bool

    /// The checks by name: the reply, and the refresh token that was sent.
    static let checks: [String: Check] = [
        "plain": { reply, sent in
            reply.response.status == 200 && reply.refreshToken == sent
                && reply.json["expires_in"] == 3600 && reply.json["token_type"] == "Bearer"
                && reply.json["scope"] == "read" && reply.fault == nil
        },
        "rotating": { $0.refreshToken != nil && $0.refreshToken != $1 },
        "grace": { $0.refreshToken != nil && $0.refreshToken != $1 },
        "one-use": { $0.refreshToken != nil && $0.refreshToken != $1 },
        "many": { $0.refreshToken != nil && $0.refreshToken != $1 },
        "no-rotation": { reply, _ in reply.accessToken != nil && reply.refreshToken == nil },
        "refresh-expiry": { reply, _ in reply.json["refresh_expires_in"] == 86_400 },
        "brief-refresh": { reply, _ in reply.json["refresh_expires_in"] == 10 },
        "kills-old-access": { reply, _ in reply.accessToken != nil },
        "short-lived": { reply, _ in reply.json["expires_in"] == 5 },
        "half-minute": { reply, _ in reply.json["expires_in"] == 30 },
        "five-minutes": { reply, _ in reply.json["expires_in"] == 300 },
        "no-expiry": { reply, _ in
            reply.accessToken != nil && reply.json["expires_in"] == nil
                && reply.json["expires_at"] == nil
        },
        "string-expiry": { reply, _ in reply.json["expires_in"] == "3600" },
        "fraction-expiry": { reply, _ in reply.json["expires_in"] == .number(3600.5) },
        "millisecond-expiry": { reply, _ in reply.json["expires_in"] == 3_600_000 },
        "epoch-expiry": { reply, _ in
            reply.json["expires_at"] == 1_800_003_600 && reply.json["expires_in"] == nil
        },
        "epoch-millisecond-expiry": { reply, _ in
            reply.json["expires_at"] == 1_800_003_600_000 && reply.json["expires_in"] == nil
        },
        "iso-expiry": { reply, _ in
            reply.json["expires_at"] == "2027-01-15T09:00:00Z" && reply.json["expires_in"] == nil
        },
        "null-expiry": { reply, _ in reply.json["expires_in"] == .null },
        "zero-expiry": { reply, _ in reply.json["expires_in"] == 0 },
        "negative-expiry": { reply, _ in reply.json["expires_in"] == -1 },
        "nonsense-expiry": { reply, _ in reply.json["expires_in"] == "soon" },
        "form-reply": { reply, sent in
            let items = FormEncoding.decode(reply.text) ?? []
            return reply.response.fields["Content-Type"] == "application/x-www-form-urlencoded"
                && items.contains { $0 == ("refresh_token", sent) }
                && items.contains { $0 == ("expires_in", "3600") }
        },
        "mislabelled": { reply, _ in
            reply.accessToken != nil
                && reply.response.fields["Content-Type"] == "text/html; charset=utf-8"
        },
        "nested": { reply, _ in
            reply.json["authed_user", "access_token"] != nil && reply.accessToken == nil
        },
        "nested-data": { reply, _ in
            reply.json["data", "access_token"] != nil && reply.accessToken == nil
        },
        "array-scope": { reply, _ in reply.json["scope"] == ["read"] },
        "comma-scope": { reply, _ in reply.json["scope"] == "read" },
        "plural-scope": { reply, _ in
            reply.json["scopes"] == "read" && reply.json["scope"] == nil
        },
        "no-scope": { reply, _ in reply.accessToken != nil && reply.json["scope"] == nil },
        "first-members": { reply, _ in
            reply.accessToken != nil && reply.json["instance_url"] == nil
        },
        "no-type": { reply, _ in reply.accessToken != nil && reply.json["token_type"] == nil },
        "odd-type": { reply, _ in reply.json["token_type"] == "bot" },
        "lower-type": { reply, _ in reply.json["token_type"] == "bearer" },
        "dpop-type": { reply, _ in reply.json["token_type"] == "DPoP" },
        "mac-type": { reply, _ in reply.json["token_type"] == "mac" },
        "punctuation": { reply, _ in
            reply.accessToken?.contains("!") == true && reply.accessToken?.contains("|") == true
        },
        "long-token": { reply, _ in reply.accessToken?.utf8.count == 4096 },
        "bad-token-bytes": { reply, _ in
            reply.accessToken?.hasSuffix("\r\nX-Injected: yes") == true
        },
        "null-in-token": { reply, _ in reply.accessToken?.hasSuffix("\u{0}") == true },
        "strict-basic": { reply, _ in reply.accessToken != nil },
        "body-only": { reply, _ in reply.error == "invalid_client" },
        "both-allowed": { reply, _ in reply.accessToken != nil },
        "raw-basic": { reply, _ in reply.accessToken != nil },
        "json-body": { reply, _ in reply.error == "invalid_request" },
        "query-parameters": { reply, _ in reply.error == "invalid_request" },
        "auto-consent": { reply, _ in reply.accessToken != nil },
        "denies": { reply, _ in reply.accessToken != nil },
        "invalid-client": refused(401, "invalid_client"),
        "invalid-grant": refused(400, "invalid_grant"),
        "invalid-scope": refused(400, "invalid_scope"),
        "unauthorized-client": refused(400, "unauthorized_client"),
        "error-in-200": refused(200, "invalid_grant"),
        "error-in-500": refused(500, "invalid_grant"),
        "ok-false": { reply, _ in
            reply.response.status == 200 && reply.json["ok"] == false && reply.accessToken == nil
        },
        "empty-200": { reply, _ in reply.response == Response(status: 200) },
        "no-token": { reply, _ in
            reply.response.status == 200 && reply.json["token_type"] == "Bearer"
                && reply.accessToken == nil
        },
        "not-json": { reply, _ in
            reply.response.status == 200 && JSONValue(json: reply.response.body) == nil
                && reply.response.fields["Content-Type"] == "text/html"
        },
        "redirect": { reply, _ in
            reply.response.status == 302 && reply.response.fields["Location"] != nil
        },
        "rate-limited": { reply, _ in
            reply.response.status == 429 && reply.response.fields["Retry-After"] == "2"
        },
        "rate-limited-date": { reply, _ in
            reply.response.status == 429
                && reply.response.fields["Retry-After"] == "Fri, 15 Jan 2027 08:00:02 GMT"
        },
        "unavailable": { reply, _ in
            reply.response.status == 503 && reply.response.fields["Retry-After"] == "1"
        },
        "unexplained": { reply, _ in reply.response == Response(status: 400) },
        "error-after-commit": refused(500, "server_error"),
        "truncated": { reply, _ in
            reply.text.hasPrefix("{\"access_token\"") && JSONValue(json: reply.response.body) == nil
                && reply.fault == nil
        },
        "slow": { reply, _ in reply.accessToken != nil && reply.delay == .seconds(3) },
        "silent": { reply, _ in reply.playback.kind == .never },
        "drip": { reply, _ in
            guard case .answer(_, let length, let plan, isWhole: true) = reply.playback.kind
            else { return false }
            let pieces = Array(plan.pieces())
            return length == pieces.count && pieces.allSatisfy { $0.bytes.count == 1 }
                && pieces.dropFirst().allSatisfy { $0.wait == .milliseconds(100) }
        },
        "huge": { reply, _ in
            guard case .answer(_, let length, let plan, isWhole: true) = reply.playback.kind
            else { return false }
            return length == 10_000_000
                && plan.pieces().reduce(0) { $0 + $1.bytes.count } == 10_000_000
                && reply.accessToken != nil
        },
        "cut-off": { reply, _ in
            guard case .answer(_, let length, let plan, isWhole: false) = reply.playback.kind
            else { return false }
            return length == reply.response.body.count
                && plan.pieces().flatMap(\.bytes) == Array(reply.response.body.prefix(20))
        },
        "closes": { reply, _ in reply.playback.kind == .close },
        "reset-before-commit": { reply, _ in reply.playback.kind == .reset },
        "reset-after-commit": { reply, _ in reply.playback.kind == .reset },
    ]

    static func refused(_ status: Int, _ code: String) -> Check {
        { reply, _ in
            reply.response.status == status && reply.error == code && reply.accessToken == nil
        }
    }

    @Test(arguments: Personality.all.map(\.name))
    func `answers a refresh in its own way, from the command line and by path`(name: String) {
        let check = Self.checks[name] ?? ProviderPersonalityTests.checks[name]
        var given = Caller(name)
        let first = given.family()
        #expect(check?(given.refresh(first), first) == true)
        var byPath = Caller()
        let second = byPath.family(at: "/p/\(name)/sandbox/grant")
        #expect(check?(byPath.refresh(second, at: "/p/\(name)/token"), second) == true)
    }

    @Test func `every name is its own and every line explains`() {
        #expect(Set(Personality.all.map(\.name)).count == Personality.all.count)
        #expect(Personality.all.allSatisfy { !$0.summary.isEmpty && $0.summary.count <= 70 })
        #expect(Personality.help().split(separator: "\n").count == Personality.all.count)
        #expect(Personality.named("plain")?.name == "plain")
        #expect(Personality.named("nobody") == nil)
    }

    @Test func `several play at once, and plain takes back what came before it`() {
        var caller = Caller()
        let old = caller.family()
        let both = caller.refresh(old, at: "/p/many+string-expiry/token")
        #expect(both.refreshToken != old && both.json["expires_in"] == "3600")
        let plain = caller.refresh(old, at: "/p/string-expiry+plain/token")
        #expect(plain.refreshToken == old && plain.json["expires_in"] == 3600)
    }

    @Test func `the path's personalities replace those of the command line`() {
        var caller = Caller("silent")
        #expect(caller.clientCredentials(at: "/p/short-lived/token").json["expires_in"] == 5)
        #expect(caller.clientCredentials().fault == .silent)
    }

    @Test(arguments: ["/p/nobody/token", "/p//token", "/p/plain+/token", "/p/plain/nowhere"])
    func `a path that names nothing is not found`(path: String) {
        var caller = Caller()
        #expect(caller.clientCredentials(at: path).response.status == 404)
    }

    @Test func `commas, arrays and plural hold several scopes`() {
        var caller = Caller()
        let form = [("grant_type", "client_credentials"), ("scope", "a b")]
        #expect(caller.token(form).json["scope"] == "a b")
        #expect(caller.token(form, at: "/p/comma-scope/token").json["scope"] == "a,b")
        #expect(caller.token(form, at: "/p/array-scope/token").json["scope"] == ["a", "b"])
        #expect(caller.token(form, at: "/p/plural-scope/token").json["scopes"] == "a b")
    }

    @Test func `first members come with the first reply only`() {
        var caller = Caller("first-members")
        #expect(caller.clientCredentials().json["instance_url"] == "https://instance.example")
        #expect(caller.clientCredentials().json["instance_url"] == nil)
    }
}
