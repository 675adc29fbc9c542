import HTTP

extension Personality {
    /// Answers of the token endpoint that are failures, whatever was asked.
    static let failures: [Personality] = [
        refusal("invalid-client", "401 invalid_client", 401, "invalid_client"),
        refusal("invalid-grant", "400 invalid_grant", 400, "invalid_grant"),
        refusal("invalid-scope", "400 invalid_scope", 400, "invalid_scope"),
        refusal("unauthorized-client", "400 unauthorized_client", 400, "unauthorized_client"),
        refusal("error-in-200", "200 with an OAuth error in the body", 200, "invalid_grant"),
        refusal("error-in-500", "500 with invalid_grant in the body", 500, "invalid_grant"),
        instead("ok-false", "200 with ok: false") {
            Canned(200, [:], #"{"ok":false,"error":"internal_error"}"#)
        },
        instead("empty-200", "200 without a body") { Canned(200) },
        instead("no-token", "200 with JSON that has no token") {
            Canned(200, [:], #"{"token_type":"Bearer","expires_in":3600}"#)
        },
        instead("not-json", "200 with a page of HTML") {
            Canned(200, ["Content-Type": "text/html"], "<!DOCTYPE html><title>Sign in</title>")
        },
        instead("redirect", "302 to another path") {
            Canned(302, ["Location": "/elsewhere/token"])
        },
        instead("rate-limited", "429 with Retry-After in seconds") {
            Canned(429, ["Retry-After": "2"], #"{"error":"slow_down"}"#)
        },
        instead("rate-limited-date", "429 with Retry-After as a date, 2 s ahead") {
            Canned(429, ["Retry-After": Canned.dateSoon], #"{"error":"slow_down"}"#)
        },
        instead("unavailable", "503 with Retry-After in seconds") {
            Canned(503, ["Retry-After": "1"], "")
        },
        instead("unexplained", "400 without a body") { Canned(400) },
        Personality("error-after-commit", "500, but the tokens were issued and the old spent") {
            $0.afterwards = Canned(500, [:], #"{"error":"server_error"}"#)
        },
        Personality("truncated", "the JSON stops in its middle, after the tokens were issued") {
            $0.cutsReply = true
        },
    ]

    /// Failures of the connection itself.
    static let transport: [Personality] = [
        Personality("slow", "answers after 3 s") { $0.delay = .seconds(3) },
        Personality("silent", "takes the request and never answers") { $0.fault = .silent },
        Personality("drip", "answers byte by byte, one in 100 ms") {
            $0.fault = .drip(bytes: 1, every: .milliseconds(100))
        },
        Personality("huge", "a reply of 10 MB, valid JSON with spaces behind it") {
            $0.fault = .oversize(bytes: 10_000_000)
        },
        Personality("cut-off", "the connection ends in the middle of the reply, after commit") {
            $0.fault = .truncate(bytes: 20)
        },
        Personality("closes", "closes without an answer and changes nothing") {
            $0.fault = .closeWithoutAnswer
        },
        Personality("reset-before-commit", "resets the connection and changes nothing") {
            $0.fault = .resetBeforeCommit
        },
        Personality("reset-after-commit", "issues the tokens, then resets the connection") {
            $0.fault = .resetAfterCommit
        },
    ]

    private static func instead(
        _ name: String,
        _ summary: String,
        _ canned: @Sendable () -> Canned
    ) -> Personality {
        let answer = canned()
        return Personality(name, summary) { $0.instead = answer }
    }

    private static func refusal(
        _ name: String,
        _ summary: String,
        _ status: Int,
        _ code: String
    ) -> Personality {
        instead(name, summary) { Canned(status, [:], #"{"error":"\#(code)"}"#) }
    }
}
