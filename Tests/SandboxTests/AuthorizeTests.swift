import HTTP
import Sandbox
import Testing

@Suite struct AuthorizeTests {
    // The pair of RFC 7636 appendix B.
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let redirect = "http://127.0.0.1:8080/callback"

    static func query(_ changes: [String: String?] = [:]) -> String {
        var items = [
            "response_type": "code", "client_id": "demo", "redirect_uri": redirect,
            "state": "s&1", "code_challenge": challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in changes { items[name] = value }
        return FormEncoding.encode(items.map { ($0.key, $0.value) })
    }

    /// The items that a redirect carries to the client.
    static func items(_ reply: SandboxReply) -> [String: String] {
        guard let uri = reply.response.fields["Location"].flatMap(URI.init),
            let items = FormEncoding.decode(uri.query ?? "")
        else { return [:] }
        return Dictionary(items, uniquingKeysWith: { first, _ in first })
    }

    static func exchange(_ code: String, _ changes: [String: String?] = [:]) -> [(String, String)] {
        var items = [
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
            "code_verifier": verifier,
        ]
        for (name, value) in changes { items[name] = value }
        return items.map { ($0.key, $0.value) }
    }

    @Test func `a granted code is exchanged once, and a second time ends what it brought`() {
        var caller = Caller("auto-consent")
        let reply = caller.send("GET", "/authorize?\(Self.query())")
        #expect(reply.response.status == 302)
        let items = Self.items(reply)
        #expect(items["state"] == "s&1" && items["iss"] == "http://127.0.0.1:9100")
        let code = items["code"] ?? ""
        let tokens = caller.token(Self.exchange(code))
        #expect(tokens.accessToken != nil && tokens.refreshToken != nil)
        #expect(caller.api(tokens.accessToken ?? "") == 200)
        #expect(caller.token(Self.exchange(code)).error == "invalid_grant")
        #expect(caller.api(tokens.accessToken ?? "") == 401)
        #expect(caller.refresh(tokens.refreshToken ?? "").error == "invalid_grant")
    }

    @Test(arguments: [
        ["code_verifier": "x"], ["code_verifier": nil], ["redirect_uri": "http://127.0.0.1/other"],
        ["redirect_uri": nil], ["code": "code_x"],
    ])
    func `an exchange that does not fit its code is refused`(changes: [String: String?]) {
        var caller = Caller("auto-consent")
        let code = Self.items(caller.send("GET", "/authorize?\(Self.query())"))["code"] ?? ""
        #expect(caller.token(Self.exchange(code, changes)).error == "invalid_grant")
        #expect(caller.token(Self.exchange(code)).accessToken != nil)
    }

    @Test func `a code ends after a minute`() {
        var caller = Caller("auto-consent")
        let code = Self.items(caller.send("GET", "/authorize?\(Self.query())"))["code"] ?? ""
        caller.now += 60
        #expect(caller.token(Self.exchange(code)).error == "invalid_grant")
    }

    @Test func `a person is asked, and the form brings the answer`() {
        var caller = Caller()
        let page = caller.send("GET", "/authorize?\(Self.query(["scope": "<a> b"]))")
        #expect(page.response.status == 200)
        #expect(page.text.contains(#"name="state" value="s&amp;1""#))
        #expect(page.text.contains("&lt;a&gt;") && !page.text.contains("<a>"))
        let allow = caller.send("POST", "/authorize", [:], Self.query() + "&decision=allow")
        #expect(Self.items(allow)["code"] != nil)
        let deny = caller.send("POST", "/authorize", [:], Self.query() + "&decision=deny")
        #expect(Self.items(deny)["error"] == "access_denied")
        #expect(Self.items(deny)["code"] == nil && Self.items(deny)["state"] == "s&1")
    }

    @Test func `a decision in a link decides nothing`() {
        var caller = Caller()
        let page = caller.send("GET", "/authorize?\(Self.query())&decision=allow")
        #expect(page.response.status == 200)
    }

    @Test(arguments: [
        ["client_id": "nobody"], ["client_id": nil], ["redirect_uri": "not a uri"],
        ["redirect_uri": nil], ["redirect_uri": "javascript:alert(1)"],
    ])
    func `nobody is redirected without a good client and address`(changes: [String: String?]) {
        var caller = Caller("auto-consent")
        let reply = caller.send("GET", "/authorize?\(Self.query(changes))")
        #expect(reply.response.status == 400)
        #expect(reply.response.fields["Location"] == nil)
    }

    @Test(arguments: [
        (["response_type": "token"], "unsupported_response_type"),
        (["code_challenge_method": "plain"], "invalid_request"),
        (["code_challenge": "short"], "invalid_request"),
    ])
    func `other mistakes are told to the client`(changes: [String: String?], code: String) {
        var caller = Caller("auto-consent")
        let reply = caller.send("GET", "/authorize?\(Self.query(changes))")
        #expect(Self.items(reply)["error"] == code && Self.items(reply)["state"] == "s&1")
    }

    @Test func `a registered client is sent only to its own addresses`() {
        var caller = Caller("auto-consent")
        _ = caller.control(
            "clients",
            #"{"client_id":"app","redirect_uris":["\#(Self.redirect)"]}"#
        )
        let good = caller.send("GET", "/authorize?\(Self.query(["client_id": "app"]))")
        #expect(Self.items(good)["code"] != nil)
        let other = Self.query(["client_id": "app", "redirect_uri": Self.redirect + "/x"])
        #expect(caller.send("GET", "/authorize?\(other)").response.status == 400)
        let bare = Self.query(["client_id": "app", "code_challenge": nil])
        let reply = caller.send("GET", "/authorize?\(bare)")
        #expect(Self.items(reply)["error"] == "invalid_request")
    }

    @Test func `a provider that denies says so`() {
        var caller = Caller("denies")
        let reply = caller.send("GET", "/authorize?\(Self.query())")
        #expect(Self.items(reply)["error"] == "access_denied")
    }
}
