import Admin
import Config
import Credentials
import Crypto
import HTTP
import JSON
import Registry
import Synchronization
import Testing
import Tokens

@Suite struct PatchTests {
    private let desk = Desk()
    private let path = "/api/v1/connections/bill"

    private func make(
        _ more: String = "",
        grant: String = "client_credentials",
        tokenURI: String = "https://idp.test/token"
    ) async throws {
        let body = """
            {"name":"bill","grant":"\(grant)","token_uri":"\(tokenURI)",\
            "client_id":"billing","client_secret":"canary-client-secret",\
            "base_uri":"https://api.test/v2"\(more)}
            """
        let made = await desk.call("POST", "/api/v1/connections", body)
        try #require(made.status == 201, "\(made.text)")
        desk.state.withLock { $0.log = [] }
        desk.registry.state.withLock { $0.log = [] }
    }

    private func patch(_ body: String) async -> Response {
        await desk.call("PATCH", path, body)
    }

    @Test func `what says nothing of tokens is changed without asking the provider`() async throws {
        try await make(",\"headers\":{\"X-A\":\"1\",\"X-B\":\"2\"}")
        let body =
            "{\"label\":\"New\",\"base_uri\":\"https://api.test/v3\",\"headers\":{\"X-A\":null}}"
        let response = await patch(body)
        #expect(response.status == 200, "\(response.text)")
        let shown = JSONValue(json: response.body)
        #expect(shown?["label"] == .string("New"))
        #expect(shown?["base_uri"] == .string("https://api.test/v3"))
        #expect(desk.log == ["replace bill", "show bill"])
        #expect(desk.registry.log == ["stage bill", "commit bill"])
        let made = desk.directory["bill"]?.connection
        #expect(made?.api.headers.map(\.name) == ["Authorization", "X-B"])
        #expect(made?.clientSecret?.reveal() == "canary-client-secret")
    }

    @Test func `a new secret is tried before it is kept`() async throws {
        try await make()
        let refusal = CredentialRefusal.refused(code: "configuration", message: "no")
        desk.state.withLock { $0.refusal = refusal }
        #expect(await patch("{\"client_secret\":\"new\"}").outcome == "422 configuration")
        #expect(desk.registry.log == ["stage bill", "discard bill"])
        #expect(desk.registry["bill"]?["client_secret"] == .string("canary-client-secret"))
        #expect(
            desk.directory["bill"]?.connection.clientSecret?.reveal() == "canary-client-secret"
        )
        desk.state.withLock { ($0.refusal, $0.log) = (nil, []) }
        #expect(await patch("{\"client_secret\":\"new\"}").status == 200)
        #expect(desk.log == ["try bill for -: - new", "keep bill", "replace bill", "show bill"])
    }

    @Test(arguments: [
        "\"token_uri\":\"https://evil.test/token\"", "\"token_uri\":\"https://idp.test:444/token\"",
        "\"refresh_uri\":\"https://evil.test/token\"", "\"token_uri\":\"http://idp.test/token\"",
    ])
    func `the secret does not go to another host`(member: String) async throws {
        try await make()
        let response = await patch("{\(member)}")
        #expect(response.outcome == "422 bad_request")
        #expect(response.text.contains("'client_secret'"))
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
        #expect(await patch("{\(member),\"client_secret\":\"new\"}").status == 200)
        #expect(desk.log.first == "try bill for -: - new")
        let rest = desk.log.dropFirst().prefix(3)
        #expect(rest == ["keep bill alone", "disown bill but bill", "replace bill"])
    }

    @Test(arguments: [
        "\"headers\":{\"X-Key\":\"{{client_secret}}\"},\"base_uri\":\"https://evil.test\"",
        "\"query\":{\"k\":\"{{basic client_id client_secret}}\"}",
        "\"base_uri\":\"https://api.test/{{client_secret}}\"",
        "\"lookup\":\"GET https://evil.test/{{client_secret}} a=b\"",
        "\"authorize_uri\":\"https://idp.test/?k={{client_secret}}\"",
    ])
    func `no template takes the secret elsewhere`(member: String) async throws {
        try await make()
        let response = await patch("{\(member)}")
        #expect(response.outcome == "422 bad_request")
        #expect(response.text.contains("'client_secret' was entered for another host"))
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
    }

    @Test(arguments: [
        "\"allow_hosts\":[\"*.idp.test\",\"evil.test\"]",
        "\"token_uri\":\"https://{{host | default \\\"evil.test\\\"}}/token\"",
    ])
    func `the secret does not go to a host that fields decide`(member: String) async throws {
        try await make(
            ",\"parameters\":{\"host\":\"a.idp.test\"},\"allow_hosts\":[\"*.idp.test\"]",
            tokenURI: "https://{{host}}/token"
        )
        let response = await patch("{\(member)}")
        #expect(response.outcome == "422 bad_request")
        #expect(response.text.contains("'client_secret' was entered for another host"))
        #expect(await patch("{\"allow_hosts\":[\"*.idp.test\"]}").status == 200)
    }

    @Test(arguments: [
        "\"base_uri\":\"https://evil.test/v2\"", "\"base_uri\":\"http://api.test/v2\"",
        "\"api_client\":{\"base_uri\":\"https://api.test:8443/v2\"}",
        "\"lookup\":\"GET https://evil.test/ a=b\"", "\"tls\":{\"server_name\":\"evil.test\"}",
    ])
    func `nor do tokens that the secret gets`(member: String) async throws {
        try await make()
        let response = await patch("{\(member)}")
        #expect(response.outcome == "422 bad_request")
        #expect(response.text.contains("'client_secret' was entered for another host"))
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
        let again = await patch("{\(member),\"client_secret\":\"canary-client-secret\"}")
        #expect(again.status == 200, "\(again.text)")
        // What other accounts have is dropped, and had anew.
        let tried = "try bill for -: - canary-client-secret"
        #expect(desk.log.prefix(3) == [tried, "keep bill alone", "disown bill but bill"])
    }

    @Test(arguments: [
        ("\"headers\":{\"X-Api-Key\":\"canary\"}", "header.X-Api-Key"),
        ("\"query\":{\"api_key\":\"canary\"}", "query.api_key"),
        ("\"field\":{\"k\":\"canary\"},\"headers\":{\"X\":\"{{k}}\"}", "field.k"),
        (
            "\"parameter\":{\"api_key\":\"c\"},\"query\":{\"q\":\"{{api_key}}\"}",
            "parameter.api_key"
        ),
    ])
    func `an API's key does not go to another host`(
        members: String,
        name: String
    ) async {
        let body =
            "{\"name\":\"bill\",\"grant\":\"none\",\"base_uri\":\"https://api.test\",\(members)}"
        #expect(await desk.call("POST", "/api/v1/connections", body).status == 201)
        let move = "\"base_uri\":\"https://evil.test\""
        let refused = await patch("{\(move)}")
        #expect(refused.outcome == "422 bad_request")
        #expect(refused.text.contains("'\(name)' was entered for another host"), "\(refused.text)")
        #expect(desk.directory["bill"]?.connection.api.baseURI.source == "https://api.test")
        let label = await patch("{\"label\":\"New\",\"base_uri\":\"https://api.test/v2\"}")
        #expect(label.status == 200)
        let both = await patch("{\(move),\(members)}")
        #expect(both.status == 200, "\(both.text)")
        #expect(desk.directory["bill"]?.connection.api.baseURI.source == "https://evil.test")
    }

    @Test func `a key that is kept for later use goes nowhere by a patch`() async throws {
        try await make(",\"field\":{\"k\":\"canary\"}")
        for use in [
            "\"headers\":{\"X-Key\":\"{{k}}\"}", "\"token_uri\":\"https://idp.test/{{k}}\"",
            "\"authorize_uri\":\"https://idp.test/?k={{k}}\"",
        ] {
            let refused = await patch("{\(use)}")
            #expect(refused.text.contains("'field.k' was entered for another host"))
        }
    }

    @Test func `a place to return to comes with the link to connect anew`() async throws {
        let grant = """
            ,"authorize_uri":"https://idp.test/authorize","redirect_uri":"https://p.test/cb"
            """
        try await make(grant, grant: "authorization_code")
        let body = "{\"label\":\"New\",\"tenant\":\"a\",\"return_url\":\"https://app.test/done\"}"
        let response = await patch(body)
        #expect(response.status == 200, "\(response.text)")
        let link = "https://proxy.test/connect?bill|a|https://app.test/done"
        let url = JSONValue(json: response.body)?["authorization_url"]
        #expect(url == .string(link))
        desk.registry.state.withLock { $0.log = [] }
        let elsewhere = await patch(body.replacing("app.test", with: "evil.test"))
        #expect(elsewhere.outcome == "400 bad_request" && desk.registry.log.isEmpty)
    }

    @Test func `a place to return to is nothing to a machine`() async throws {
        try await make()
        let refused = await patch("{\"return_url\":\"https://app.test/done\"}")
        #expect(refused.outcome == "422 bad_request" && refused.text.contains("'return_url'"))
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
    }

    @Test func `accounts that people connected are connected anew`() async throws {
        let grant = """
            ,"authorize_uri":"https://idp.test/authorize","redirect_uri":"https://p.test/cb"
            """
        try await make(grant, grant: "authorization_code")
        #expect(await patch("{\"base_uri\":\"https://b.test\"}").status == 200)
        #expect(desk.log == ["disown bill", "replace bill", "show bill"])
        let secret = desk.directory["bill"]?.connection.clientSecret?.reveal()
        #expect(secret == "canary-client-secret")
    }

    @Test func `a key signs nothing for another host`() async throws {
        let key = "\"key\":\"-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----\""
        let method = "\"method\":\"private_key_jwt\",\"alg\":\"RS256\",\"aud\":\"https://idp.test\""
        try await make(",\"client_auth\":{\(method),\(key)}")
        let place = "\"token_uri\":\"https://evil.test/token\""
        for more in ["", ",\"client_auth\":{\"aud\":\"https://idp.test/\"}"] {
            let response = await patch("{\(place)\(more)}")
            #expect(
                response.text.contains("'client_secret', 'client_auth' were entered for another")
            )
        }
        let again = await patch("{\(place),\"client_secret\":null,\"client_auth\":{\(key)}}")
        #expect(again.status == 200, "\(again.text)")
        let other =
            "{\"token_uri\":\"https://c.test/\",\"client_auth\":\"body\",\"client_secret\":\"s\"}"
        #expect(await patch(other).status == 200)
    }

    @Test func `another path of the same host keeps the secret`() async throws {
        try await make()
        #expect(await patch("{\"token_uri\":\"https://IDP.test/v2/token\"}").status == 200)
        #expect(desk.log.first == "try bill for -: - canary-client-secret")
        #expect(!desk.log.contains { $0.hasPrefix("disown bill") })
    }

    @Test func `tokens of one provider do not go to another`() async throws {
        try await make(",\"client_auth\":\"none\",\"refresh_token\":\"r\"", grant: "refresh_token")
        let body = "{\"token_uri\":\"https://b.test/\",\"client_secret\":\"s\"}"
        #expect(await patch(body).status == 200)
        #expect(desk.log == ["disown bill", "replace bill", "show bill"])
    }

    @Test func `what is not there, or in the file, is not changed`() async {
        let body = "{\"label\":\"x\"}"
        #expect(await patch(body).outcome == "404 not_found")
        let path = "/api/v1/connections/crm"
        #expect(await desk.call("PATCH", path, body).outcome == "409 defined_in_file")
        #expect(await desk.call("PATCH", path, "{}").outcome == "409 defined_in_file")
        #expect(desk.log.isEmpty)
    }

    @Test(arguments: [
        "{\"name\":\"other\"}", "{\"lable\":\"x\"}", "{\"grant\":null}", "{\"base_uri\":null}",
        "{\"client_secret\":null}", "{\"label\":\"${env:HOME}\"}", "[]",
    ])
    func `what cannot be meant changes nothing`(body: String) async throws {
        try await make()
        #expect(await patch(body).outcome == "422 bad_request")
        #expect(desk.log.isEmpty && desk.registry.log.isEmpty)
        #expect(await patch("").outcome == "400 bad_request")
    }

    @Test func `one that was made is deleted with all it has`() async throws {
        try await make()
        let response = await desk.call("DELETE", path)
        #expect(response.status == 204 && response.body.isEmpty)
        #expect(desk.log == ["remove bill", "forget and tell bill"])
        #expect(desk.registry.log == ["mark bill", "remove bill"])
        #expect(await desk.call("GET", path).outcome == "404 not_found")
        #expect(await desk.call("DELETE", path).outcome == "404 not_found")
        #expect(desk.logged.contains("action=delete connection=bill tenant=- status=204"))
    }

    @Test func `what could not be deleted can be deleted again`() async throws {
        try await make()
        let refusal = CredentialRefusal.unavailable(code: "vault", message: "the disk is full")
        desk.state.withLock { $0.refusal = refusal }
        #expect(await desk.call("DELETE", path).outcome == "503 vault")
        desk.state.withLock { $0.refusal = nil }
        #expect(await desk.call("DELETE", path).status == 204)
        #expect(desk.log.last == "forget and tell bill")
        #expect(desk.registry.log.last == "remove bill")
    }

    @Test func `what was left of one can be deleted, and nothing of one tenant`() async throws {
        try await make()
        desk.registry.fail("remove", .full(path: "/registry"))
        #expect(await desk.call("DELETE", path).outcome == "503 vault")
        #expect(desk.directory["bill"] == nil)
        #expect(await desk.call("DELETE", path).outcome == "503 vault")
        desk.registry.fail("remove", nil)
        #expect(await desk.call("DELETE", path + "?tenant=a").outcome == "404 not_found")
        #expect(await desk.call("DELETE", path, "{\"tenant\":\"a\"}").outcome == "404 not_found")
        #expect(desk.registry.log.filter { $0.hasPrefix("remove") }.count == 2)
        #expect(await desk.call("DELETE", path).status == 204)
        #expect(desk.log.last == "forget bill")
        #expect(await desk.call("DELETE", path).outcome == "404 not_found")
    }

    @Test(arguments: [
        ("?tenant=acme", "{\"refresh_token\":\"R\"}"),
        ("", "{\"refresh_token\":\"R\",\"tenant\":\"acme\"}"),
        ("?tenant=acme", "{\"refresh_token\":\"R\",\"tenant_id\":\"acme\"}"),
    ])
    func `new tokens are those of the account that is named`(
        query: String,
        body: String
    ) async throws {
        try await make(",\"refresh_token\":\"r\"", grant: "refresh_token")
        let response = await desk.call("PATCH", path + query, body)
        #expect(response.status == 200, "\(response.text)")
        #expect(JSONValue(json: response.body)?["tenant"] == .string("acme"))
        let tried = "try bill for acme: R canary-client-secret"
        #expect(desk.log == [tried, "keep bill/acme", "replace bill", "show bill/acme"])
        let other = await desk.call("PATCH", path + "?tenant=b", "{\"tenant\":\"acme\"}")
        #expect(other.outcome == "400 bad_request")
    }

    @Test func `of the file's, and of one tenant, only the tokens are`() async throws {
        try await make()
        #expect(await desk.call("DELETE", "/api/v1/connections/crm").status == 204)
        #expect(await desk.call("DELETE", path + "?tenant=a").status == 204)
        #expect(await desk.call("DELETE", path, "{\"tenant\":\"b\"}").status == 204)
        #expect(desk.log == ["delete crm", "delete bill/a", "delete bill/b"])
        #expect(desk.registry.log.isEmpty && desk.directory["bill"] != nil)
    }
}
