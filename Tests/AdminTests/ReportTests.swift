import Config
import HTTP
import JSON
import Testing

@Suite struct ReportTests {
    private let desk = Desk()

    private func get(_ path: String) async -> JSONValue? {
        let response = await desk.call("GET", "/api/v1/\(path)")
        #expect(response.status == 200)
        #expect(!response.text.contains("canary"))
        return JSONValue(json: response.body)
    }

    @Test func `the configuration in force is shown, and no secret with it`() async {
        let body = """
            {"name":"bill","grant":"client_credentials","token_uri":"https://idp.test/token",\
            "client_id":"billing","client_secret":"canary-1","field":{"key":"canary-2"},\
            "base_uri":"https://api.test","token_param":{"a":"canary-3"},"scopes":["read"],\
            "headers":{"X-Api-Key":"canary-4","X-Two":"{{key}}","Accept":"text/plain"},\
            "query":{"api_key":"canary-5"}}
            """
        #expect(await desk.call("POST", "/api/v1/connections", body).status == 201)
        let config = await get("config")
        let made = config?.value(at: "connection.0")
        #expect(made?["name"] == .string("bill") && made?["source"] == .string("api"))
        #expect(made?["client_secret"] == .string("***"))
        #expect(made?.value(at: "field.key") == .string("***"))
        #expect(made?.value(at: "token_param.a") == .string("***"))
        let headers = made?.value(at: "api_client.header")
        #expect(headers?["X-Api-Key"] == .string("***"))
        #expect(headers?["X-Two"] == .string("{{key}}"))
        #expect(headers?["Accept"] == .string("text/plain"))
        #expect(headers?["Authorization"] == .string("Bearer {{access_token}}"))
        #expect(made?["refresh_before"] == .string("5m"))
        #expect(made?["scopes"] == .array([.string("read")]))
        #expect(config?.value(at: "connection.1.source") == .string("file"))
        #expect(config?.value(at: "listener.0.limits.body") == .string("100m"))
        #expect(config?.value(at: "tokens.failure_backoff") == .string("1s..5m"))
        #expect(config?.value(at: "vault.kind") == .string("file"))
    }

    @Test func `routes come with a line to try them`() async {
        let routes = await get("routes")
        #expect(routes?.value(at: "routes.0.route") == .string("/crm/"))
        #expect(routes?.value(at: "routes.0.base_uri") == .string("https://api.test/v2"))
        #expect(routes?.value(at: "routes.0.url") == .string("http://127.0.0.1:8080/crm/"))
        #expect(
            routes?.value(at: "routes.0.curl") == .string("curl -i 'http://127.0.0.1:8080/crm/'")
        )
        #expect(routes?.value(at: "routes.1.connection") == .string("*"))
        #expect(routes?.value(at: "routes.1.base_uri") == .null)
        #expect(
            routes?.value(at: "routes.1.curl")
                == .string("curl -i 'http://127.0.0.1:8080/c/CONNECTION/TENANT/'")
        )
        #expect(
            routes?.value(at: "routes.2.curl")
                == .string(
                    "curl -i -H \"Authorization: Bearer $CALLER_TOKEN\" -H 'X-Tenant: TENANT' "
                        + "'http://127.0.0.1:8080/mail/'"
                )
        )
    }

    @Test func `the catalogue is told`() async {
        let providers = await get("providers")
        guard case .array(let entries)? = providers?["providers"] else {
            Issue.record("no providers")
            return
        }
        let google = entries.first { $0["name"] == .string("google") }
        #expect(entries.count > 20 && google?["token_uri"] != nil)
        #expect(google?["grant"] == .string("authorization_code"))
        #expect(google?["sample"]?.scalarText?.contains("provider") == true)
    }

    @Test func `nothing is asked of a report`() async {
        for path in ["config", "routes", "providers"] {
            let response = await desk.call("GET", "/api/v1/\(path)?tenant=a")
            #expect(response.outcome == "400 bad_request")
        }
    }
}
