import Crypto
import HTTP
import JSON
import Sandbox
import Testing

@Suite struct TokenEndpointTests {
    static let form: Fields = ["Content-Type": "application/x-www-form-urlencoded"]
    static let grant = ("grant_type", "client_credentials")

    @Test func `client credentials get an access token and no refresh token`() {
        var caller = Caller()
        let reply = caller.clientCredentials()
        #expect(reply.response.status == 200)
        #expect(reply.accessToken != nil && reply.refreshToken == nil)
        #expect(reply.response.fields["Cache-Control"] == "no-store")
    }

    @Test func `the client may authenticate in the body`() {
        var caller = Caller()
        let good = [Self.grant, ("client_id", "demo"), ("client_secret", "demo-secret")]
        let bad = [Self.grant, ("client_id", "demo"), ("client_secret", "wrong")]
        #expect(caller.token(good, nil).accessToken != nil)
        #expect(caller.token(bad, nil).response.status == 401)
        #expect(caller.token(good, at: "/p/body-only/token", nil).accessToken != nil)
        #expect(caller.token(good, at: "/p/strict-basic/token", nil).error == "invalid_client")
    }

    @Test func `header and body at once are refused unless that is played`() {
        var caller = Caller()
        let form = [Self.grant, ("client_id", "demo"), ("client_secret", "demo-secret")]
        #expect(caller.token(form).error == "invalid_request")
        #expect(caller.token(form, at: "/p/both-allowed/token").accessToken != nil)
    }

    @Test(arguments: [
        "demo:wrong", "demo:", "demo", "nobody:demo-secret", ":", "", "demo:demo-secret:x", "%zz:x",
    ])
    func `a wrong header is refused with a challenge`(credentials: String) {
        var caller = Caller()
        let reply = caller.token([Self.grant], credentials)
        #expect(reply.response.status == 401)
        #expect(reply.error == "invalid_client")
        #expect(reply.response.fields["WWW-Authenticate"]?.hasPrefix("Basic ") == true)
    }

    @Test func `the header is form-decoded, or compared raw where that is played`() {
        var caller = Caller()
        let json = #"{"client_id":"a b","client_secret":"p+%/:ü"}"#
        #expect(caller.control("clients", json).response.status == 201)
        let encoded = "a+b:p%2B%25%2F%3A%C3%BC"
        #expect(caller.token([Self.grant], encoded).accessToken != nil)
        #expect(caller.token([Self.grant], "a b:p+%/:ü").error == "invalid_client")
        #expect(caller.token([Self.grant], at: "/p/raw-basic/token", encoded).accessToken == nil)
        let raw = caller.token([Self.grant], at: "/p/raw-basic/token", "a b:p+%/:ü")
        #expect(raw.accessToken != nil)
    }

    @Test func `a public client needs only its name, and has nothing of its own`() {
        var caller = Caller()
        _ = caller.control("clients", #"{"client_id":"app"}"#)
        let grant = caller.control("grant", #"{"client_id":"app"}"#).json
        let refresh = [
            ("grant_type", "refresh_token"), ("client_id", "app"),
            ("refresh_token", grant["refresh_token"]?.string ?? ""),
        ]
        #expect(caller.token(refresh, nil).accessToken != nil)
        #expect(
            caller.token([Self.grant, ("client_id", "app")], nil).error == "unauthorized_client"
        )
        #expect(caller.token([Self.grant, ("client_id", "demo")], nil).error == "invalid_client")
    }

    @Test func `JSON parameters are read where that is played, and forms elsewhere`() {
        var caller = Caller()
        let json: Fields = [
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": "Basic \(Base64.encode(Array("demo:demo-secret".utf8)))",
        ]
        let body = #"{"grant_type":"client_credentials"}"#
        #expect(caller.send("POST", "/p/json-body/token", json, body).accessToken != nil)
        #expect(caller.send("POST", "/token", json, body).error == "invalid_request")
        #expect(caller.send("POST", "/p/json-body/token", json, "[]").error == "invalid_request")
        let inQuery = "/p/query-parameters/token?grant_type=client_credentials"
        #expect(caller.send("POST", inQuery, json, "").accessToken != nil)
    }

    @Test func `a scope that the client may not have is refused`() {
        var caller = Caller()
        _ = caller.control(
            "clients",
            #"{"client_id":"b","client_secret":"s","scopes":["read","write"]}"#
        )
        #expect(caller.token([Self.grant], "b:s").json["scope"] == "read write")
        #expect(caller.token([Self.grant, ("scope", "write")], "b:s").json["scope"] == "write")
        let reply = caller.token([Self.grant, ("scope", "write admin")], "b:s")
        #expect(reply.error == "invalid_scope")
    }

    @Test(arguments: [
        ("", "invalid_request"), ("grant_type=", "invalid_request"),
        ("grant_type=magic", "unsupported_grant_type"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=%zz", "invalid_request"), ("\u{FFFD}%ff", "invalid_request"),
        ("&&&===&%", "invalid_request"), ("grant_type", "invalid_request"),
        (String(repeating: "a&", count: 200), "invalid_request"),
    ])
    func `a form that asks for nothing is refused`(body: String, code: String) {
        var caller = Caller()
        var fields = Self.form
        fields.append(
            "Authorization",
            "Basic \(Base64.encode(Array("demo:demo-secret".utf8)))"
        )
        let reply = caller.send("POST", "/token", fields, body)
        #expect(reply.response.status == 400 || reply.response.status == 401)
        #expect(reply.error == code)
    }

    @Test func `only POST asks for a token`() {
        var caller = Caller()
        let reply = caller.send("GET", "/token?grant_type=client_credentials")
        #expect(reply.response.status == 405 && reply.response.fields["Allow"] == "POST")
    }

    @Test func `the calls are told without their secrets`() {
        var caller = Caller()
        let token = caller.family()
        let form = [
            ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "demo"),
            ("client_secret", "demo-secret"), ("audience", "x"),
        ]
        _ = caller.token(form, nil)
        let reply = caller.send("GET", "/sandbox/calls")
        #expect(!reply.text.contains(token) && !reply.text.contains("demo-secret"))
        guard case .array(let calls)? = reply.json["calls"] else {
            Issue.record("no calls")
            return
        }
        #expect(calls.count == 1)
        #expect(calls.first?["client_auth"] == "body" && calls.first?["result"] == "committed")
        #expect(
            calls.first?["parameters"] == [
                ["grant_type", "refresh_token"], ["refresh_token", "[secret]"],
                ["client_id", "demo"], ["client_secret", "[secret]"], ["audience", "x"],
            ]
        )
    }
}
