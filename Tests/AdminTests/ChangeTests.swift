import HTTP
import Testing

@Suite struct ChangeTests {
    private let desk = Desk()
    private let refresh = "/api/v1/connections/crm/refresh"
    private let credentials = "/api/v1/connections/crm/credentials"

    @Test(arguments: [
        ("", "", "refresh crm"), ("?tenant=a", "", "refresh crm/a"),
        ("", "{\"tenant\":\"a\"}", "refresh crm/a"), ("", "{}", "refresh crm"),
        ("", "{\"tenant\":null}", "refresh crm"),
        ("?tenant=%C3%A9", " {\"tenant\":\"\\u00e9\"} ", "refresh crm/é"),
    ])
    func `refreshes the account that is named`(
        query: String,
        body: String,
        asked: String
    ) async {
        let response = await desk.call("POST", refresh + query, body)
        #expect(response.status == 200)
        #expect(response.text.hasPrefix("{\"ok\":true,\"connection\":{\"name\":\"crm\","))
        #expect(desk.log == [asked])
    }

    @Test func `takes tokens as they are given`() async {
        let body = """
            {"tenant":"a","refresh_token":"r/+=~","access_token":"a.b",\
            "expires_at":"2026-11-21T10:00:00Z","parameters":{"b":"2","a":"é {{x}}"}}
            """
        let response = await desk.call("PUT", credentials, body)
        #expect(response.status == 200 && response.text.hasPrefix("{\"name\":\"crm\","))
        #expect(!response.text.contains("r/+=~") && !response.text.contains("a.b"))
        #expect(desk.log == ["import crm/a: r/+=~ a.b 1795255200.0 a=é {{x}} b=2"])
    }

    @Test func `what is null is not given`() async {
        let body = """
            {"tenant":null,"refresh_token":null,"access_token":"a","expires_at":null,\
            "parameters":null}
            """
        let response = await desk.call("PUT", credentials, body) {
            $0.fields["Content-Type"] = "Application/JSON ; charset=utf-8"
        }
        #expect(response.status == 200)
        #expect(desk.log == ["import crm: - a -"])
    }

    @Test(arguments: [
        "", "{", "{}x", "{\"access_token\":\"a\",}", "{\"access_token\":'a'}", "\u{0}", "NaN",
        "{\"access_token\":\"a\",\"access_token\":\"b\"}", "{\"access_token\":\"\\ud800\"}",
        String(repeating: "[", count: 100_000),
    ])
    func `what is no JSON is refused`(body: String) async {
        #expect(await desk.call("PUT", credentials, body).outcome == "400 bad_request")
        if !body.isEmpty {
            #expect(await desk.call("POST", refresh, body).outcome == "400 bad_request")
        }
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        "null", "[]", "\"a\"", "1", "{}", "{\"expires_at\":\"2026-11-21T10:00:00Z\"}",
        "{\"refresh_token\":\"\"}", "{\"refresh_token\":1}", "{\"access_token\":{}}",
        "{\"access_token\":\"a b\"}", "{\"access_token\":\"a\\r\\nX: y\"}",
        "{\"access_token\":\"\\u00e9\"}", "{\"refresh_token\":\"a\\u0000\"}",
        "{\"access_token\":\"a\",\"expires_at\":\"tomorrow\"}",
        "{\"access_token\":\"a\",\"expires_at\":1795255200}",
        "{\"access_token\":\"a\",\"tenant\":1}", "{\"access_token\":\"a\",\"parameters\":[]}",
        "{\"access_token\":\"a\",\"parameters\":{\"x\":1}}",
        "{\"access_token\":\"a\",\"parameters\":{\"\":\"x\"}}",
        "{\"access_token\":\"a\",\"parameters\":{\"x\":\"a\\nb\"}}",
        "{\"access_token\":\"a\",\"client_id\":\"x\"}", "{\"accessToken\":\"a\"}",
    ])
    func `what cannot be meant is refused`(body: String) async {
        #expect(await desk.call("PUT", credentials, body).outcome == "422 bad_request")
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        "access_token", "token_type", "client_id", "client_secret", "connection", "tenant",
    ])
    func `no parameter takes a name that templates have`(name: String) async {
        let body = "{\"access_token\":\"a\",\"parameters\":{\"\(name)\":\"x\"}}"
        let response = await desk.call("PUT", credentials, body)
        #expect(response.outcome == "400 bad_request")
        #expect(response.text.contains("'\(name)' cannot be the name of a parameter"))
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "",
        "application/jsonx", "text/json", "application/json, text/plain",
    ])
    func `another kind of body is refused`(type: String?) async {
        let body = "{\"access_token\":\"a\"}"
        for (method, path) in [("PUT", credentials), ("POST", refresh)] {
            let response = await desk.call(method, path, body) { $0.fields["Content-Type"] = type }
            #expect(response.outcome == "415 unsupported_media_type")
        }
        #expect(desk.log.isEmpty)
    }

    @Test func `a query and a body that disagree are refused`() async {
        let body = "{\"tenant\":\"b\",\"access_token\":\"a\"}"
        let response = await desk.call("PUT", "\(credentials)?tenant=a", body)
        #expect(response.outcome == "400 bad_request")
        let members = await desk.call("POST", refresh, "{\"force\":true}")
        #expect(members.outcome == "422 bad_request")
        let empty = await desk.call("POST", refresh, "{\"tenant\":\"\"}")
        #expect(empty.outcome == "400 bad_request")
        #expect(desk.log.isEmpty)
    }
}
