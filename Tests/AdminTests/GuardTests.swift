import Admin
import Crypto
import HTTP
import Testing

@Suite struct GuardTests {
    private let desk = Desk()

    @Test func `health is told to everybody`() async {
        for (isReady, status, word) in [(true, 200, "ready"), (false, 503, "not ready")] {
            let api = desk.api(isReady: isReady)
            let health = await api.answer(Request(method: "GET", target: "/healthz"), hosts: nil)
            #expect(health.status == 200 && health.text == "ok")
            let ready = await api.answer(Request(method: "HEAD", target: "/readyz"), hosts: nil)
            #expect(ready.status == status && ready.text == word)
            #expect(ready.fields["Cache-Control"] == "no-store")
            #expect(ready.fields["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer wrong", "Basic \(Desk.token)", Desk.token,
        "Bearer \(Desk.token)x", "Bearer \(Desk.token) x", "Bearer \(Desk.token.uppercased())",
    ])
    func `nobody gets in without the token`(authorization: String?) async {
        let paths = ["/api/v1/connections", "/api/v1/connections/crm", "/api/v1/nothing"]
        for path in paths {
            let response = await desk.call("GET", path) {
                $0.fields["Authorization"] = authorization
            }
            #expect(response.outcome == "401 caller_unknown")
            #expect(response.fields["WWW-Authenticate"] == "Bearer realm=\"attache\"")
        }
        #expect(desk.log.isEmpty)
    }

    @Test func `two tokens are none, and the scheme's case does not matter`() async {
        let twice = await desk.call("GET", "/api/v1/connections") {
            $0.fields.append("Authorization", "Bearer \(Desk.token)")
        }
        #expect(twice.status == 401)
        let lower = await desk.call("GET", "/api/v1/connections") {
            $0.fields["authorization"] = "bearer \(Desk.token)"
        }
        #expect(lower.status == 200)
    }

    @Test(arguments: [
        nil, "evil.test", "evil.test:9090", "localhost.evil.test", "localhost@evil.test", "[::2]",
        "", "local host",
    ])
    func `a foreign host is misdirected, for health too`(host: String?) async {
        for path in ["/healthz", "/readyz", "/api/v1/connections", "/"] {
            let response = await desk.call("GET", path) { $0.fields["Host"] = host }
            #expect(response.outcome == "421 misdirected")
        }
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: ["localhost", "LOCALHOST:1", "127.0.0.1:9090", "[::1]:9090", "[::1]"])
    func `an own host is answered, whatever the port`(host: String) async {
        let response = await desk.call("GET", "/healthz") { $0.fields["Host"] = host }
        #expect(response.status == 200)
    }

    @Test(arguments: [
        ("Origin", "https://evil.test"), ("Origin", "null"), ("Origin", "http://localhost"),
        ("Origin", "https://localhost:9090"), ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "Same-Site"),
    ])
    func `a page of another site gets nothing`(name: String, value: String) async {
        for path in ["/healthz", "/api/v1/connections"] {
            let response = await desk.call("GET", path) { $0.fields.append(name, value) }
            #expect(response.outcome == "403 forbidden")
        }
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        ("Origin", "http://localhost:9090"), ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
    ])
    func `our own pages and people are answered`(name: String, value: String) async {
        let response = await desk.call("GET", "/api/v1/connections") {
            $0.fields.append(name, value)
        }
        #expect(response.status == 200)
    }

    @Test func `a second origin counts too`() async {
        let response = await desk.call("GET", "/healthz") {
            $0.fields.append("Origin", "http://localhost:9090")
            $0.fields.append("Origin", "https://evil.test")
        }
        #expect(response.status == 403)
    }

    @Test(arguments: [
        "/", "/api", "/api/v1", "/api/v1/", "/api/v1/connections/", "/api/v1/connectionsx",
        "/api/v1/connections//refresh", "/api/v1/connections/crm/", "/api/v1/connections/crm/tests",
        "/api/v1/connections/crm/refresh/now", "/api/v1/connections/%zz", "/api/v1/providers/x",
        "/api/v1/events", "/metrics", "/healthz/", "*",
    ])
    func `there is nothing at other paths`(path: String) async {
        #expect(await desk.call("GET", path).outcome == "404 not_found")
    }

    @Test(arguments: [
        ("POST", "/healthz", "GET, HEAD"), ("OPTIONS", "/readyz", "GET, HEAD"),
        ("DELETE", "/api/v1/connections", "GET, HEAD, POST"),
        ("POST", "/api/v1/connections/crm", "GET, HEAD, PATCH, DELETE"),
        ("POST", "/api/v1/config", "GET, HEAD"),
        ("GET", "/api/v1/connections/crm/refresh", "POST"),
        ("POST", "/api/v1/connections/crm/credentials", "PUT"),
        ("get", "/api/v1/connections", "GET, HEAD, POST"),
    ])
    func `another method is told which there are`(
        method: String,
        path: String,
        allowed: String
    ) async {
        let response = await desk.call(method, path)
        #expect(response.outcome == "405 method_refused")
        #expect(response.fields["Allow"] == allowed)
    }

    @Test func `an error names its request`() async {
        let own = await desk.call("GET", "/nothing") { $0.fields["X-Request-Id"] = "abc-1" }
        #expect(
            own.text == """
                {"error":{"code":"not_found","type":"attache_error",\
                "message":"There is nothing at this path.","request_id":"abc-1"}}

                """
        )
        #expect(own.fields["X-Request-Id"] == "abc-1")
        for bad in ["a b", "\"", String(repeating: "x", count: 129)] {
            let made = await desk.call("GET", "/nothing") { $0.fields["X-Request-Id"] = bad }
            #expect(made.fields["X-Request-Id"]?.utf8.count == 32)
        }
    }

    @Test(arguments: [(408, "request_timeout"), (431, "too_large"), (501, "bad_request")])
    func `what is no request is refused in the same form`(status: Int, code: String) {
        let response = ManagementAPI.refusal(status: status, message: "No.")
        #expect(response.outcome == "\(status) \(code)")
        #expect(response.fields["Cache-Control"] == "no-store")
    }

    @Test func `a made token is long, safe in files and never the same`() {
        let one = AdminToken.random()
        #expect(Base64URL.decode(one.reveal())?.count == 32)
        #expect(one != AdminToken.random())
        #expect(AdminToken(one).matches(one.reveal()) && !AdminToken(one).matches(""))
    }
}
