import Config
import Credentials
import Crypto
import HTTP
import JSON
import Registry
import Synchronization
import Testing
import Tokens

@Suite struct CreateTests {
    private let desk = Desk()
    private let path = "/api/v1/connections"

    /// What a connection of one's own needs, without its braces.
    private static let machine = """
        "name":"bill","grant":"client_credentials","token_uri":"https://idp.test/token",\
        "client_id":"billing","client_secret":"canary-client-secret",\
        "base_uri":"https://api.test/v2"
        """

    @Test func `null counts as not written`() async throws {
        let response = await desk.call(
            "POST",
            "/api/v1/connections",
            """
            {"name":"bill","grant":"none","api_client":null,"client_secret":null,\
            "base_uri":"https://api.test"}
            """
        )
        #expect(response.status == 201, "\(response.text)")
        let kept = desk.registry["bill"]
        let (open, secret) = try #require(kept?.parted)
        #expect(secret.isEmpty)
        #expect(open["api_client"]?["base_uri"] == .string("https://api.test"))
    }

    @Test func `makes one of the words of a form`() async {
        let body = """
            {"name":"bill","label":"Salesforce Production Integration",\
            "grant_type":"client_credentials","token_url":"https://idp.test/token",\
            "client_id":"billing","client_secret":"canary-client-secret",\
            "scope":"read write","api_base_url":"https://api.test/v2","tenant_id":"acme"}
            """
        let response = await desk.call("POST", path, body)
        #expect(response.status == 201, "\(response.text)")
        let made = JSONValue(json: response.body)
        #expect(made?["name"] == .string("bill"))
        #expect(made?["label"] == .string("Salesforce Production Integration"))
        #expect(made?["source"] == .string("api"))
        #expect(made?["tenant"] == .string("acme"))
        #expect(made?["base_uri"] == .string("https://api.test/v2"))
        #expect(!response.text.contains("canary"))
        #expect(
            desk.log == [
                "forget bill", "try bill for acme: - canary-client-secret", "keep bill/acme",
                "insert bill", "show bill/acme",
            ]
        )
        #expect(desk.registry.log == ["stage bill", "commit bill"])
        #expect(desk.directory["bill"]?.connection.scopes == ["read", "write"])
        #expect(desk.logged.contains("action=create connection=bill tenant=acme status=201"))
        #expect(!desk.logged.contains("canary"))
    }

    @Test func `takes the file's directives, flat or in their block`() async throws {
        let flat = """
            {\(Self.machine),"scopes":["a","b"],"headers":{"X-One":"1","X-Two":"{{connection}}"},\
            "allow_hosts":["*.test"],"token_param":{"audience":"x"},"resource":["https://r.test/"],\
            "client_auth":"headers encoding=raw","refresh_before":"1m",\
            "upstream":{"connections":5},"keep":["instance"]}
            """
        #expect(await desk.call("POST", path, flat).status == 201)
        let made = try #require(desk.directory["bill"]).connection
        #expect(made.scopes == ["a", "b"] && made.tokenCalls.keep == ["instance"])
        #expect(made.api.headers.map(\.name) == ["Authorization", "X-One", "X-Two"])
        #expect(made.clientAuthentication == .headers(encoding: .raw))
        #expect(made.tokens.refreshBefore == .seconds(60) && made.upstream.connections == 5)
        #expect(made.tokenCalls.parameters.map(\.name) == ["audience"])
        let nested = """
            {"name":"n","grant":"none","field":{"key":"k"},\
            "api_client":{"base_uri":"https://api.test","header":{"X-Key":"{{key}}"}}}
            """
        #expect(await desk.call("POST", path, nested).status == 201)
        #expect(desk.directory["n"]?.connection.api.headers.map(\.name) == ["X-Key"])
        #expect(desk.log.filter { $0.hasPrefix("try n") }.isEmpty)
    }

    @Test func `what a provider refuses is not stored`() async {
        let message = "the token endpoint answered 401 (invalid_client)"
        desk.state.withLock {
            $0.refusal = .refused(code: "configuration", message: message)
            $0.refused = ["try"]
        }
        let response = await desk.call("POST", path, "{\(Self.machine)}")
        #expect(response.outcome == "422 configuration")
        #expect(response.text.contains(message))
        let tried = ["forget bill", "try bill for -: - canary-client-secret"]
        #expect(desk.log == tried + ["remove bill", "forget bill"])
        #expect(desk.registry["bill"] == nil && desk.directory["bill"] == nil)
        #expect(desk.registry.log == ["stage bill", "remove bill"])
        #expect(desk.logged.contains("status=422 code=configuration"))
        #expect(!desk.logged.contains("canary"))
    }

    @Test(arguments: ["crm", "bill"]) func `a name that is taken is refused`(name: String) async {
        #expect(await desk.call("POST", path, "{\(Self.machine)}").status == 201)
        let body = "{\(Self.machine)}".replacing("\"bill\"", with: "\"\(name)\"")
        #expect(await desk.call("POST", path, body).outcome == "409 name_taken")
        #expect(desk.log.filter { $0.hasPrefix("try") }.count == 1)
    }

    @Test func `a refresh token is tried, and not kept in the registry`() async throws {
        let body = """
            {"name":"rt","grant":"refresh_token","token_uri":"https://idp.test/token",\
            "client_id":"c","client_secret":"s","refresh_token":"canary-refresh-token",\
            "base_uri":"https://api.test"}
            """
        #expect(await desk.call("POST", path, body).status == 201)
        #expect(desk.log.contains("try rt for -: canary-refresh-token s"))
        let kept = desk.registry["rt"]
        #expect(kept?.object.text.contains("canary") == false)
        let without = body.replacing("\"canary-refresh-token\"", with: "null")
            .replacing("\"rt\"", with: "\"rt2\"")
        let refused = await desk.call("POST", path, without)
        #expect(refused.outcome == "422 bad_request" && refused.text.contains("'refresh_token'"))
        let useless = await desk.call("POST", path, "{\(Self.machine),\"refresh_token\":\"r\"}")
        #expect(useless.outcome == "422 bad_request")
    }

    @Test(arguments: [
        ("\"clientid\":\"x\"", "unknown member 'clientid'; did you mean 'client_id'?"),
        ("\"base_url\":\"x\"", "did you mean 'base_uri'?"),
        ("\"token_url\":\"https://a.test/\"", "'token_url' says the same as 'token_uri'"),
        ("\"scopes\":{\"a\":1}", "'scopes'"), ("\"client_auth\":\"haeders\"", "did you mean"),
        ("\"bind\":\"127.0.0.1:1\"", "unknown member 'bind'"),
        ("\"client_auth\":{\"method\":\"private_key_jwt\",\"key\":\"/etc/passwd\"}", "wants PEM"),
        ("\"tls\":{\"ca\":\"/etc/passwd\"}", "names a file of the server"),
        ("\"connector\":\"/etc\"", "names a file of the server"),
        ("\"label\":\"${env:HOME}\"", "holds a reference"),
        ("\"headers\":{\"X\":\"${file:/etc/passwd}\"}", "holds a reference"),
        ("\"label\":\"a\\u0000b\"", "holds a NUL"), ("\"headers\":{\"Host\":\"x\"}", "'header'"),
        ("\"headers\":[\"X\"]", "'header' wants an object"), ("\"label\":[[]]", "'label'"),
        ("\"headers\":{\"X\":\"{{nobody}}\"}", "nobody"), ("\"tenant\":\"\"", "tenant"),
        ("\"upstream\":{\"conections\":1}", "did you mean 'connections'?"),
        ("\"api_client\":{\"base_uri\":\"https://b.test\"}", "base_uri"),
    ])
    func `what cannot be meant is named`(member: String, message: String) async {
        let response = await desk.call("POST", path, "{\(Self.machine),\(member)}")
        #expect((400...422).contains(response.status), "\(response.text)")
        #expect(response.text.contains(message), "\(response.text)")
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
    }

    @Test(arguments: [
        "{}", "{\"name\":\"\"}", "{\"name\":\"a/b\"}", "{\"name\":1}", "{\"name\":\"..\"}",
        "{\"name\":\"x\"}", "[]", "{\"name\":\"x\",\"grant\":\"implicit\"}",
        "{\"name\":\"\(String(repeating: "x", count: 101))\"}",
    ])
    func `what is no connection is refused`(body: String) async {
        #expect(await desk.call("POST", path, body).outcome == "422 bad_request")
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
    }

    @Test func `only JSON is taken, and every member once`() async {
        let text = await desk.call("POST", path, "{\(Self.machine)}") {
            $0.fields["Content-Type"] = "text/plain"
        }
        #expect(text.outcome == "415 unsupported_media_type")
        let twice = "{\(Self.machine),\"name\":\"other\"}"
        #expect(await desk.call("POST", path, twice).outcome == "400 bad_request")
        #expect(await desk.call("POST", path).outcome == "400 bad_request")
        let query = await desk.call("POST", path + "?tenant=a", "{\(Self.machine)}")
        #expect(query.outcome == "400 bad_request")
        #expect(desk.log.isEmpty)
    }

    @Test func `what is legal and probably not meant is said`() async {
        let body = "{\(Self.machine),\"client_auth\":\"both\"}"
        let response = await desk.call("POST", path, body)
        let warnings = JSONValue(json: response.body)?["warnings"]?.text ?? ""
        #expect(warnings.contains("client_auth both"))
        let plain = await desk.call(
            "POST",
            path,
            "{\(Self.machine)}".replacing("\"bill\"", with: "\"bill2\"")
        )
        #expect(JSONValue(json: plain.body)?["warnings"] == nil, "\(plain.text)")
    }

    @Test func `one that a person connects comes with the link for it`() async throws {
        let body = """
            {"name":"mailbox","grant_type":"authorization_code",\
            "authorization_url":"https://idp.test/authorize","token_url":"https://idp.test/token",\
            "redirect_uri":"https://proxy.test/oauth-callback","client_id":"c","client_secret":"s",\
            "api_base_url":"https://api.test","tenant":"a","return_url":"https://app.test/done"}
            """
        let response = await desk.call("POST", path, body)
        #expect(response.status == 201, "\(response.text)")
        let made = JSONValue(json: response.body)
        let link = "https://proxy.test/connect?mailbox|a|https://app.test/done"
        #expect(made?["authorization_url"] == .string(link))
        #expect(desk.log == ["forget mailbox", "insert mailbox", "show mailbox/a"])
        let elsewhere = body.replacing("app.test", with: "evil.test")
            .replacing("\"mailbox\"", with: "\"other\"")
        #expect(await desk.call("POST", path, elsewhere).outcome == "400 bad_request")
        #expect(desk.directory["other"] == nil)
        // Nothing was tried that would have to be taken back.
        #expect(desk.log.count == 3)
    }

    @Test func `a link is asked for, for one account`() async {
        let path = "/api/v1/connections/crm/authorize"
        let body = """
            {"tenant":"a","return_url":"https://app.test/x","parameters":{"shop":"s","b":"c"}}
            """
        let response = await desk.call("POST", path, body)
        #expect(response.status == 201)
        let link = "https://proxy.test/connect?crm|a|https://app.test/x|b=c|shop=s"
        let quoted = JSONValue.string(link).text
        #expect(
            response.text == """
                {"authorization_url":\(quoted),"connect_url":\(quoted),\
                "expires_at":"2026-11-21T10:10:00.000Z"}

                """
        )
        let elsewhere = await desk.call("POST", path, "{\"return_url\":\"https://evil.test/\"}")
        #expect(elsewhere.outcome == "400 bad_request")
        let other = await desk.call("POST", "/api/v1/connections/mail/authorize")
        #expect(other.outcome == "422 configuration")
        let nobody = await desk.call("POST", "/api/v1/connections/nobody/authorize")
        #expect(nobody.outcome == "404 not_found")
    }
}
