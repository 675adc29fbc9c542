import Config
import Proxy
import Support
import Testing

/// What `explain` says of requests that are never sent.
@Suite struct ExplainTests {
    private static let file = """
        listener main { bind 127.0.0.1:8080; }
        listener public { bind 192.0.2.1:9443; callers required; hosts proxy.example.com; }
        caller app { token app-token; tenants acme; }
        connection crm { grant client_credentials; token_uri https://idp.example.com/token;
            client_id a; client_secret secret-1; field key secret-2;
            api_client { base_uri https://api.example.com/v2/; query key {{key}};
                query other ${env:SECRET}; default_header X-Version 1; } }
        connection sites { grant refresh_token; token_uri https://idp.example.com/token;
            client_id a; client_secret secret-1; keep instance_url account;
            api_client { base_uri "{{instance_url}}/x"; allow_hosts *.example.com;
                header Authorization "Bearer {{access_token}}"; header X-Account {{account}}; } }
        connection bot { grant none; api_client { base_uri https://bot.example.com/${env:SECRET}; } }
        route /crm/ { connection crm; tenant header X-Tenant; methods GET; deny /admin/**;
            header X-Route {{key}}; timeouts connect=1s; }
        route /sites/ { connection sites; header x-account fixed; }
        route /bot/ { connection bot; }
        route /any/ { connection *; tenant path; listeners main; }
        """

    @Test func `no literal value that may be a secret is shown`() throws {
        let file = """
            listen 127.0.0.1:8080;
            connection c { grant none;
                api_client { base_uri https://api.example.com/; query k s3cret; query lang en; } }
            route / { connection c; }
            """
        let found = try explain("/x", configuredBy: file)
        #expect(found.url == "https://api.example.com/x?k=***&lang=en", "\(found.url ?? "")")
    }

    private func explain(
        _ url: String,
        _ fields: (name: String, value: String)...,
        method: String = "GET",
        configuredBy file: String = Self.file
    ) throws -> Explanation {
        let configuration = try Configuration.load(
            path: "proxy.conf",
            source: .memory(
                ["/etc/attache/proxy.conf": file],
                environment: ["SECRET": "secret-3"]
            )
        )
        let found = Explainer(configuration).explain(method: method, url: url, fields: fields)
        let explanation = try #require(found)
        #expect(!"\(explanation)".contains("secret-"))
        return explanation
    }

    @Test(arguments: ["evil.example", "127.0.0.2"])
    func `a foreign name leads to the listener of its port`(host: String) throws {
        let found = try explain("http://\(host):8080/crm/users")
        #expect(found.listener == "main" && found.isListenerTold)
        #expect(found.refusal == .misdirected)
    }

    @Test func `knows a route that leads back to the proxy`() throws {
        for host in ["127.0.0.1:8080", "localhost:8080"] {
            let found = try explain(
                "http://\(host)/loop/x",
                configuredBy: """
                    listen 127.0.0.1:8080; listen unix:x.sock;
                    connection a { grant none; api_client { base_uri http://\(host)/y; } }
                    route /loop/ { connection a; }
                    """
            )
            #expect(found.refusal == .loop)
            #expect(found.route == "/loop/" && found.connection == "a")
        }
    }

    @Test func `tells of a request for the proxy as a whole`() throws {
        let found = try explain("*", method: "OPTIONS")
        #expect(found.refusal == nil && found.isAnswered && found.route == nil)
        #expect(try explain("*").refusal != nil)
    }

    @Test func `tells where a request goes and what is done to it`() throws {
        let found = try explain(
            "http://127.0.0.1:8080/crm/users?x=1&key=mine",
            ("X-Tenant", "acme"),
            ("Cookie", "a=b"),
            ("Accept", "*/*")
        )
        #expect(found.refusal == nil)
        #expect(found.listener == "main" && found.isListenerTold)
        #expect(found.route == "/crm/" && found.connection == "crm" && found.tenant == "acme")
        #expect(found.token == "crm/acme")
        #expect(found.url == "https://api.example.com/v2/users?x=1&key={{key}}&other=${env:SECRET}")
        for name in ["Authorization", "X-Route", "X-Version", "Host", "X-Request-Id"] {
            #expect(found.headersSet.contains(name), "\(name)")
        }
        #expect(found.headersDropped == ["Host", "X-Tenant", "Cookie"])
        #expect(found.awaited.isEmpty)
        #expect(found.timeouts?.connect == .seconds(1))
    }

    @Test func `says which field the credentials must give`() throws {
        let found = try explain("/sites/x")
        #expect(found.refusal == nil && !found.isListenerTold)
        #expect(found.url == nil && found.awaited == ["instance_url"])
        #expect(found.headersSet.contains("Authorization"))
    }

    @Test func `shows a base URI with a reference as it is written`() throws {
        let found = try explain("/bot/send?x=1")
        #expect(found.url == "https://bot.example.com/${env:SECRET}/send?x=1")
        #expect(found.token == nil)
    }

    @Test func `follows the segments that name connection and tenant`() throws {
        let found = try explain("http://localhost:8080/any/crm/a%20b/users")
        #expect(found.connection == "crm" && found.tenant == "a b")
        #expect(found.url?.hasPrefix("https://api.example.com/v2/users?") == true)
        #expect(try explain("/any/other/acme/users").refusal == .noRoute)
    }

    @Test func `recognises the caller at the listener that the URL names`() throws {
        let url = "https://proxy.example.com:9443/crm/users"
        let found = try explain(url, ("X-Api-Key", "app-token"))
        #expect(found.refusal == nil && found.listener == "public" && found.isListenerTold)
        #expect(found.caller == "app" && found.tenant == "acme")
        #expect(found.headersDropped.contains("X-Api-Key"))
        #expect(try explain(url).refusal == .callerUnknown)
        let other = try explain(url, ("X-Api-Key", "app-token"), ("X-Tenant", "globex"))
        #expect(other.refusal?.status == 403)
    }

    @Test(arguments: [
        ("GET", "/nowhere", "no_route"), ("GET", "/crm/admin/x", "forbidden"),
        ("DELETE", "/crm/x", "forbidden"), ("GET", "/crm/../x", "bad_target"),
        ("GET", "/crm/%2e%2e/x", "bad_target"), ("GET", "/any/crm", "tenant_required"),
        ("TRACE", "/crm/x", "method_refused"), ("G T", "/crm/x", "bad_request"),
        ("GET", "http://evil.test:8080/crm/x", "misdirected"),
        ("GET", "/crm/x y", "bad_request"),
    ])
    func `says why a request is refused`(method: String, url: String, code: String) throws {
        #expect(try explain(url, method: method).refusal?.code == code)
    }
}
