import HTTP
import JSON
import Sandbox
import Testing

@Suite struct ControlTests {
    @Test func `a scripted answer comes once and changes nothing`() {
        var caller = Caller("rotating")
        let token = caller.family()
        let script = #"{"status":503,"headers":{"Retry-After":"7"},"body":{"error":"busy"}}"#
        #expect(caller.control("script", script).response.status == 201)
        let reply = caller.refresh(token)
        #expect(reply.response.status == 503 && reply.error == "busy")
        #expect(reply.response.fields["Retry-After"] == "7")
        #expect(caller.refresh(token).refreshToken != nil)
    }

    @Test func `a scripted answer changes the state where it says so`() {
        var caller = Caller("rotating")
        let token = caller.family()
        _ = caller.control("script", #"{"status":500,"body":"oops","commit":true}"#)
        #expect(caller.refresh(token).text == "oops")
        #expect(caller.stats()["grants", "refresh_token", "lost"] == 1)
        #expect(caller.refresh(token).error == "invalid_grant")
    }

    @Test func `entries wait for their grant, their client and the calls to skip`() {
        var caller = Caller()
        _ = caller.control("clients", #"{"client_id":"b","client_secret":"s"}"#)
        _ = caller.control(
            "script",
            """
            [{"grant":"refresh_token","skip":1,"times":2,"status":500},
             {"client":"b","fault":"reset-after-commit"}]
            """
        )
        let token = caller.family()
        #expect(caller.clientCredentials().response.status == 200)
        let statuses = (0..<4).map { _ in caller.refresh(token).response.status }
        #expect(statuses == [200, 500, 500, 200])
        #expect(caller.stats()["script"] == 1)
        let form = [("grant_type", "client_credentials")]
        #expect(caller.token(form).fault == nil)
        #expect(caller.token(form, "b:s").fault == .resetAfterCommit)
        #expect(caller.stats()["script"] == 0)
    }

    @Test func `a scripted personality and delay last for their calls`() {
        var caller = Caller()
        _ = caller.control("script", #"{"personality":"string-expiry","delay_ms":250}"#)
        let reply = caller.clientCredentials()
        #expect(reply.json["expires_in"] == "3600" && reply.delay == .milliseconds(250))
        let next = caller.clientCredentials()
        #expect(next.json["expires_in"] == 3600 && next.delay == nil)
    }

    @Test(arguments: [
        ("reset-before-commit", Fault.resetBeforeCommit), ("close", .closeWithoutAnswer),
        ("silent", .silent), ("truncate", .truncate(bytes: 5)),
        ("drip", .drip(bytes: 5, every: .milliseconds(7))), ("oversize", .oversize(bytes: 5)),
        ("reset-after-commit", .resetAfterCommit),
    ])
    func `every fault can be scripted`(name: String, fault: Fault) {
        var caller = Caller()
        let body = #"{"fault":"\#(name)","bytes":5,"interval_ms":7}"#
        #expect(caller.control("script", body).response.status == 201)
        #expect(caller.clientCredentials().fault == fault)
    }

    @Test(arguments: [
        "{", "1", "[1]", #"{"fault":"magic"}"#, #"{"fault":1}"#, #"{"status":99}"#,
        #"{"status":"200"}"#, #"{"status":1e99}"#, #"{"times":0}"#, #"{"skip":-1}"#,
        #"{"headers":{"X":"a\r\nY: b"},"status":200}"#, #"{"headers":{"Content-Length":"1"}}"#,
        #"{"headers":{"":"1"}}"#, #"{"personality":"nobody"}"#, #"{"stauts":200}"#,
        #"{"commit":false}"#, #"{"commit":1,"status":200}"#,
        #"{"fault":"reset-after-commit","commit":false}"#, #"{"delay_ms":99999999999999999999}"#,
    ])
    func `a script that cannot be played is refused whole`(body: String) {
        var caller = Caller()
        let reply = caller.control("script", body)
        #expect(reply.response.status == 400)
        #expect(caller.stats()["script"] == 0)
    }

    @Test func `a full script takes no more, and can be emptied`() {
        let limits = SandboxLimits(accessTokens: 10, families: 10, scriptEntries: 2)
        var caller = Caller(limits: limits)
        #expect(
            caller.control("script", #"[{"status":500},{"status":500}]"#).response.status == 201
        )
        #expect(caller.control("script", #"{"status":500}"#).response.status == 507)
        #expect(caller.send("DELETE", "/sandbox/script").response.status == 204)
        #expect(caller.clientCredentials().response.status == 200)
    }

    @Test func `the oldest families and tokens are forgotten at the cap`() {
        let limits = SandboxLimits(accessTokens: 3, families: 3, scriptEntries: 2)
        var caller = Caller(limits: limits)
        let families = (0..<4).map { _ in caller.control("grant").json }
        let refresh = families.map { $0["refresh_token"]?.string ?? "" }
        #expect(caller.api(families[0]["access_token"]?.string ?? "") == 401)
        #expect(caller.api(families[3]["access_token"]?.string ?? "") == 200)
        #expect(caller.refresh(refresh[0]).error == "invalid_grant")
        #expect(caller.refresh(refresh[1]).accessToken != nil)
        for _ in 0..<100 { _ = caller.refresh(refresh[3]) }
        #expect(caller.stats()["access_tokens_live"] == 3)
        #expect(caller.stats()["families", "live"] == 3)
    }

    @Test func `expire ends one token, a client's, a family's or all`() {
        var caller = Caller()
        _ = caller.control("clients", #"{"client_id":"b","client_secret":"s"}"#)
        func grant(_ client: String) -> (access: String, family: String, refresh: String) {
            let json = caller.control("grant", #"{"client_id":"\#(client)"}"#).json
            return (
                json["access_token"]?.string ?? "", json["family"]?.string ?? "",
                json["refresh_token"]?.string ?? ""
            )
        }
        let grants = ["demo", "demo", "demo", "b", "b"].map(grant)
        func working() -> [Bool] { grants.map { caller.api($0.access) == 200 } }
        let one = caller.control("expire", #"{"access_token":"\#(grants[0].access)"}"#)
        #expect(one.json["expired"] == 1)
        #expect(working() == [false, true, true, true, true])
        _ = caller.control("expire", #"{"family":"\#(grants[1].family)"}"#)
        #expect(working() == [false, false, true, true, true])
        #expect(caller.control("expire", #"{"client_id":"b"}"#).json["expired"] == 2)
        #expect(working() == [false, false, true, false, false])
        #expect(caller.control("expire").json == ["expired": 1, "families_revoked": 0])
        #expect(working() == [false, false, false, false, false])
        #expect(caller.refresh(grants[0].refresh).accessToken != nil)
        let all = caller.control("expire", #"{"refresh":true,"client_id":"demo"}"#)
        #expect(all.json["families_revoked"] == 3)
        #expect(caller.refresh(grants[0].refresh).error == "invalid_grant")
    }

    @Test func `a family tells what became of it`() {
        var caller = Caller("rotating")
        let grant = caller.control("grant").json
        let path = "/sandbox/families/\(grant["family"]?.string ?? "")"
        let token = grant["refresh_token"]?.string ?? ""
        _ = caller.refresh(token)
        let family = caller.send("GET", path).json
        #expect(family["refreshes"] == 1 && family["refresh_tokens_issued"] == 2)
        #expect(family["revoked"] == false)
        _ = caller.refresh(token)
        #expect(caller.send("GET", path).json["revoked"] == true)
        #expect(caller.send("GET", "/sandbox/families/x").response.status == 404)
    }

    @Test func `counts the calls that are under way at once`() {
        var caller = Caller()
        let request = Request(method: "POST", target: "/token")
        let open = (0..<3).map { _ in caller.service.answer(request, at: 0) }
        #expect(caller.stats()["parallel"] == 3)
        for reply in open { caller.service.finished(reply) }
        #expect(caller.stats()["parallel"] == 0)
        #expect(caller.stats()["parallel_max"] == 3)
    }

    @Test func `reset puts everything back, and calls under way do not count into it`() {
        var caller = Caller("rotating")
        let token = caller.family()
        _ = caller.control("script", #"{"status":500}"#)
        _ = caller.control("clients", #"{"client_id":"b"}"#)
        let open = caller.service.answer(Request(method: "POST", target: "/token"), at: 0)
        #expect(caller.control("reset").response.status == 204)
        caller.service.finished(open)
        let stats = caller.stats()
        #expect(stats["parallel"] == 0 && stats["token_calls"] == 0 && stats["script"] == 0)
        #expect(stats["personalities"] == ["rotating"])
        #expect(caller.refresh(token).error == "invalid_grant")
        #expect(caller.control("grant", #"{"client_id":"b"}"#).response.status == 400)
        #expect(caller.clientCredentials().accessToken != nil)
    }

    @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil", "", "10.0.0.1"])
    func `a foreign host is refused`(host: String) {
        var caller = Caller()
        #expect(caller.send("GET", "/sandbox/stats", ["Host": host]).response.status == 421)
    }

    @Test(arguments: ["localhost", "localhost:9100", "127.0.0.1", "[::1]:80", "a.localhost"])
    func `this machine is served, but no web page of another origin`(host: String) {
        var caller = Caller()
        let own: Fields = ["Host": host, "Origin": "http://\(host)"]
        let foreign: Fields = ["Host": host, "Origin": "https://evil.example"]
        #expect(caller.send("GET", "/sandbox/stats", own).response.status == 200)
        #expect(caller.send("GET", "/sandbox/stats", foreign).response.status == 403)
    }

    @Test func `wrong methods and paths are told apart`() {
        var caller = Caller()
        #expect(caller.send("PUT", "/sandbox/stats").response.fields["Allow"] == "GET")
        #expect(caller.send("GET", "/sandbox/reset").response.fields["Allow"] == "POST")
        #expect(caller.send("GET", "/sandbox/script").response.fields["Allow"] == "POST, DELETE")
        #expect(caller.send("GET", "/sandbox/magic").response.status == 404)
        #expect(caller.send("GET", "/sandbox").response.status == 404)
    }

    @Test func `the metadata name the issuer as it was reached`() {
        var caller = Caller()
        let path = "/.well-known/oauth-authorization-server"
        let plain = caller.send("GET", path).json
        #expect(plain["issuer"] == "http://127.0.0.1:9100")
        #expect(plain["token_endpoint"] == "http://127.0.0.1:9100/token")
        for target in ["\(path)/p/strict-basic", "/p/strict-basic\(path)"] {
            let json = caller.send("GET", target).json
            #expect(json["issuer"] == "http://127.0.0.1:9100/p/strict-basic")
            #expect(json["token_endpoint_auth_methods_supported"] == ["client_secret_basic"])
        }
        #expect(caller.send("GET", path, ["Host": "a b"]).response.status == 400)
    }
}
