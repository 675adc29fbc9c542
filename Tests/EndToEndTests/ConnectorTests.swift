import FoundationEssentials
import Support
import Testing

extension EndToEnd {
    /// Connectors as folders, at the sandbox as their provider.
    @Suite struct ConnectorTests {
        /// A proxy with one of the connectors of the fixtures.
        private func proxy(
            _ sandbox: Sandbox,
            _ connector: String,
            _ more: String = "",
            in folder: TemporaryFolder? = nil
        ) throws -> Attache {
            try Attache(
                configuration(sandbox, Fixture.path("connectors/\(connector)"), more),
                listener: "connect_pages on;",
                admin: "confirm off;",
                in: folder
            )
        }

        private func configuration(
            _ sandbox: Sandbox,
            _ folder: String,
            _ more: String = ""
        ) -> String {
            let base = "http://127.0.0.1:\(sandbox.port)"
            return """
                connection sandbox {
                    connector \(folder);
                    parameter clientId demo;
                    parameter clientSecret demo-secret;
                    parameter authorizeUri \(base)/authorize;
                    parameter tokenUri \(base)/token;
                    parameter apiUri \(base)/api;
                    failure_backoff 1s..1s;
                    \(more)
                }
                route /api/ { connection sandbox; tenant none; }
                """
        }

        /// Connects an account, and gives the last page.
        @discardableResult
        private func connect(_ proxy: Attache) throws -> Browser.Page {
            let offered = try proxy.admin(
                "POST",
                "/connections/sandbox/authorize",
                #"{"parameters": {"user": "ann"}}"#
            )
            let offer = try JSONDecoder().decode(Offer.self, from: Data(offered.body))
            let browser = Browser()
            let asked = try browser.open(offer.authorization_url)
            let form = try #require(asked.forms.first, "\(asked.text)")
            return try browser.submit(form, of: asked, with: [("decision", "allow")])
        }

        private struct Offer: Decodable {
            var authorization_url: String
        }

        private func call(_ proxy: Attache, _ name: String) throws -> ProbeResponse {
            try proxy.admin("POST", "/connections/sandbox/\(name)", "{}")
        }

        @Test(.requires(.node), arguments: ["modern", "common"])
        func `A connector of the documentation connects, calls, refreshes and tests`(
            name: String
        ) throws {
            let sandbox = try Sandbox("rotating")
            let proxy = try proxy(sandbox, name)
            let page = try connect(proxy)
            #expect(page.status == 200, "\(page.text) \(proxy.process.transcript)")
            let first = try proxy.fetch("/api/x")
            #expect(first.status == 200)
            #expect(first.text.contains("ann GET"), "\(first.text)")
            for _ in 0..<2 {
                let refreshed = try call(proxy, "refresh")
                #expect(refreshed.status == 200, "\(refreshed.text)")
            }
            let second = try proxy.fetch("/api/x")
            #expect(second.status == 200)
            #expect(second.text.contains("ann GET"), "\(second.text)")
            let calls = try sandbox.apiCalls()
            let tested = try call(proxy, "test")
            #expect(tested.status == 200, "\(tested.text)")
            #expect(try sandbox.apiCalls() == calls + 1)
        }

        @Test(.requires(.node))
        func `A test in JavaScript that fails is told, and costs no connection`() throws {
            let sandbox = try Sandbox("rotating")
            let folder = try TemporaryFolder()
            try copy("mappings", into: folder)
            try folder.write(
                "spec.yml",
                """
                auth:
                  type: oauth2
                  getOAuthConfig: {implementationType: mapping}
                  makeApiClient: {implementationType: mapping}
                  test: {implementationType: javascript}
                """
            )
            try folder.write("auth/test.js", "export default () => true")
            let proxy = try Attache(
                configuration(sandbox, folder.path),
                listener: "connect_pages on;",
                admin: "confirm off;"
            )
            let page = try connect(proxy)
            #expect(page.status == 200, "\(page.text)")
            let status = "status/500"
            for script in [
                "() => { throw new Error('no user') }", "() => false",
                "({ apiClient }) => apiClient.get('/\(status)')",
                "({ apiClient }) => apiClient.get('http://127.0.0.1:1/')",
            ] {
                try folder.write("auth/test.js", "export default \(script)")
                let tested = try call(proxy, "test")
                #expect(
                    tested.status >= 400 && tested.text.contains("test_failed"),
                    "\(tested.text)"
                )
                #expect(try proxy.state(of: "sandbox").state == "connected")
                #expect(try proxy.fetch("/api/x").status == 200)
            }
            try folder.write("auth/test.js", "export default () => { throw new Error('no user') }")
            let told = try connect(proxy)
            #expect(told.status == 502 && told.text.contains("no user"), "\(told.text)")
            #expect(try proxy.fetch("/api/x").status == 200)
        }

        @Test func `A connector of mappings needs no node`() throws {
            let sandbox = try Sandbox("rotating")
            let proxy = try proxy(sandbox, "mappings")
            let page = try connect(proxy)
            #expect(page.status == 200, "\(page.text)")
            let response = try proxy.fetch("/api/x")
            #expect(response.status == 200)
            #expect(!response.text.lowercased().contains("x-user"), "\(response.text)")
            let refreshed = try call(proxy, "refresh")
            #expect(refreshed.status == 200, "\(refreshed.text)")
            #expect(try proxy.fetch("/api/x").status == 200)
        }

        @Test(.requires(.node))
        func `JavaScript configures each account and makes its client once for each token`()
            throws
        {
            let sandbox = try Sandbox("rotating")
            let proxy = try proxy(sandbox, "scripts", "api_client { allow_hosts 127.0.0.1; }")
            let page = try connect(proxy)
            #expect(page.status == 200, "\(page.text) \(proxy.process.transcript)")
            for round in 0..<3 {
                let response = try proxy.fetch("/api/x")
                #expect(response.status == 200)
                #expect(response.text.contains("ann \(round)"), "\(response.text)")
                #expect(response.text.contains("connector"), "\(response.text)")
                let refreshed = try call(proxy, "refresh")
                #expect(refreshed.status == 200, "\(refreshed.text)")
            }
        }

        @Test(.requires(.node))
        func `A revocation is told as the client that JavaScript gives the account`() throws {
            let sandbox = try Sandbox("rotating")
            let folder = try TemporaryFolder()
            try copy("mappings", into: folder)
            try folder.write(
                "spec.yml",
                """
                auth:
                  type: oauth2
                  getOAuthConfig: {implementationType: javascript}
                  makeApiClient: {implementationType: mapping}
                """
            )
            try folder.write(
                "auth/get-oauth-config.js",
                """
                export default ({ connectorParameters: the, connectionParameters: { user } }) => ({
                    clientId: user === "ann" ? the.clientId : "nobody",
                    clientSecret: the.clientSecret, authorizeUri: the.authorizeUri,
                    tokenUri: the.tokenUri, scopes: ["read"],
                })
                """
            )
            let more = """
                api_client { allow_hosts 127.0.0.1; }
                revoke_uri http://127.0.0.1:\(sandbox.port)/revoke;
                """
            let proxy = try Attache(
                configuration(sandbox, folder.path, more),
                listener: "connect_pages on;",
                admin: "confirm off;"
            )
            let page = try connect(proxy)
            #expect(page.status == 200, "\(page.text) \(proxy.process.transcript)")
            #expect(try call(proxy, "revoke").status == 200)
            try Wait.until("the revocation") { try sandbox.familiesRevoked() == 1 }
            #expect(try proxy.state(of: "sandbox").state == "revoked")
        }

        @Test(.requires(.node))
        func `An imported access token gets the client that JavaScript makes of it`() throws {
            let sandbox = try Sandbox("rotating")
            let folder = try TemporaryFolder()
            let allowed = "api_client { allow_hosts 127.0.0.1; }"
            var proxy = try proxy(sandbox, "scripts", allowed, in: folder)
            func put(_ token: String, user: String) throws -> ProbeResponse {
                let body = #"{"access_token": "\#(token)", "parameters": {"user": "\#(user)"}}"#
                return try proxy.admin("PUT", "/connections/sandbox/credentials", body)
            }
            func check(_ token: String, user: String) throws {
                let response = try proxy.fetch("/api/x")
                #expect(response.status == 200, "\(response.text)")
                for part in ["\(user) 0", "from=connector", "\(token.suffix(4)) sha256"] {
                    #expect(response.text.contains(part), "\(part): \(response.text)")
                }
                let tested = try call(proxy, "test")
                #expect(tested.status == 200, "\(tested.text)")
            }
            let first = try sandbox.grant().access_token
            let imported = try put(first, user: "ann")
            #expect(imported.status == 200, "\(imported.text)")
            try check(first, user: "ann")
            // Who brings another token brings another client.
            let second = try sandbox.grant().access_token
            #expect(try put(second, user: "bob").status == 200)
            try check(second, user: "bob")
            // A client that cannot be used changes nothing, and it lives as long as its token.
            let refused = try put(first, user: "a\\u0001b")
            #expect(
                refused.status == 422 && refused.text.contains("makeApiClient"),
                "\(refused.text)"
            )
            try check(second, user: "bob")
            proxy.process.kill()
            proxy = try self.proxy(sandbox, "scripts", allowed, in: folder)
            try check(second, user: "bob")
        }

        @Test(.requires(.node))
        func `A hook that fails after the provider answered loses nothing`() throws {
            let sandbox = try Sandbox("rotating")
            let folder = try TemporaryFolder()
            try copy("mappings", into: folder)
            try folder.write(
                "spec.yml",
                """
                auth:
                  type: oauth2
                  getOAuthConfig: {implementationType: mapping}
                  makeApiClient: {implementationType: mapping}
                  getCredentialsFromRefreshTokenResponse: {implementationType: javascript}
                """
            )
            let hook = "auth/get-credentials-from-refresh-token-response.js"
            try folder.write(hook, "export default () => { throw new Error('broken') }")
            let proxy = try Attache(
                configuration(sandbox, folder.path),
                listener: "connect_pages on;",
                admin: "confirm off;"
            )
            try connect(proxy)
            for script in [
                "throw new Error('broken ' + '\(String(repeating: "x", count: 10))')",
                "return {}", "return 'text'", "process.exit(1)",
            ] {
                try folder.write(hook, "export default () => { \(script) }")
                let refreshed = try call(proxy, "refresh")
                #expect(refreshed.status != 200, "\(refreshed.text)")
                #expect(try proxy.state(of: "sandbox").state == "retrying")
            }
            try folder.write(hook, "export default ({ tokenResponse }) => tokenResponse")
            let refreshed = try call(proxy, "refresh")
            #expect(refreshed.status == 200, "\(refreshed.text)")
            #expect(try proxy.fetch("/api/x").status == 200)
        }

        private func copy(_ connector: String, into folder: TemporaryFolder) throws {
            try Files.makeFolder(folder.file("auth"))
            for name in ["get-oauth-config.map.yml", "make-api-client.map.yml"] {
                let path = Fixture.path("connectors/\(connector)/auth/\(name)")
                try folder.write("auth/\(name)", try #require(Files.read(path)))
            }
        }

        @Test func `The check says what is wrong with a connector`() throws {
            let folder = try TemporaryFolder()
            try folder.write("spec.yml", "auth:\n  type: oauth2\n  getOauthConfig: {}\n")
            let file = try folder.write(
                "proxy.conf",
                "listen 127.0.0.1:1; connection a { connector \(folder.path); }"
            )
            let check = try ChildProcess(Program.attache(), ["check", "-c", file])
            #expect(try check.wait() == .code(78))
            let wanted = "\(folder.file("spec.yml")):3:3: error: 'getOauthConfig' is no function"
            #expect(check.transcript.contains(wanted), "\(check.transcript)")
        }
    }
}
