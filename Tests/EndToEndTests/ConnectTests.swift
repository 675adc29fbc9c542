import FoundationEssentials
import Glibc
import Support
import Testing

extension EndToEnd {
    /// A person connects an account in a browser, at the sandbox as the provider.
    @Suite struct ConnectTests {
        /// The directives of a listener with pages, and of a connection to the sandbox.
        private func proxy(
            _ sandbox: Sandbox,
            _ more: String = "",
            admin: String = "",
            in folder: TemporaryFolder? = nil
        ) throws -> Attache {
            try Attache(
                sandbox.configuration(
                    """
                    grant authorization_code;
                    authorize_uri http://127.0.0.1:\(sandbox.port)/authorize;
                    """,
                    more: "scopes read write; \(more)"
                ),
                listener: "connect_pages on;",
                admin: admin,
                in: folder
            )
        }

        private struct Offer: Decodable {
            var authorization_url: String
            var connect_url: String
            var expires_at: String
        }

        private func offer(
            _ proxy: Attache,
            _ body: String = "{}",
            of connection: String = "sandbox"
        ) throws -> Offer {
            let path = "/connections/\(connection)/authorize"
            let response = try proxy.admin("POST", path, body)
            guard response.status == 201 else {
                throw TestFailure("\(response.status) \(response.text)")
            }
            return try JSONDecoder().decode(Offer.self, from: Data(response.body))
        }

        /// Opens the page, presses its button, and says yes or no at the provider.
        private func consent(
            _ browser: Browser,
            _ url: String,
            _ decision: String = "allow",
            stoppingBefore stop: String? = nil
        ) throws -> Browser.Page {
            let page = try browser.open(url)
            let form = try #require(page.forms.first, "\(page.text)")
            let asked = try browser.submit(form, of: page)
            let question = try #require(asked.forms.first, "\(asked.text)")
            return try browser.submit(
                question,
                of: asked,
                with: [("decision", decision)],
                stoppingBefore: stop
            )
        }

        @Test func `a person connects, and requests carry the token`() throws {
            let sandbox = try Sandbox("rotating")
            let proxy = try proxy(sandbox)
            #expect(try proxy.fetch("/api/x").status == 424)
            let offer = try offer(proxy)
            #expect(offer.connect_url == offer.authorization_url)
            #expect(offer.authorization_url.hasPrefix(proxy.url("/connect/sandbox?ticket=")))
            let browser = Browser()
            let page = try consent(browser, offer.authorization_url)
            #expect(page.status == 200, "\(page.text)")
            #expect(page.text.contains("Connected"))
            #expect(try proxy.state(of: "sandbox").state == "connected")
            let response = try proxy.fetch("/api/x")
            #expect(response.status == 200)
            #expect(response.text.contains("Bearer "))
            #expect(browser.cookies.filter { $0.name.hasPrefix("attache") }.isEmpty)
            let token = try proxy.admin("POST", "/connections/sandbox/refresh", "{}")
            #expect(token.status == 200, "\(token.text)")
        }

        @Test func `the app gets the browser back`() throws {
            let sandbox = try Sandbox("rotating")
            let back = "http://127.0.0.1:9/app"
            let proxy = try proxy(sandbox, admin: "return_urls \(back); confirm off;")
            let refused = try proxy.admin(
                "POST",
                "/connections/sandbox/authorize",
                #"{"return_url": "http://127.0.0.1:9/application"}"#
            )
            #expect(refused.status == 400)
            for (decision, result) in [
                ("allow", "status=connected"), ("deny", "status=error&error=access_denied"),
            ] {
                let offer = try offer(proxy, #"{"tenant": "t 1", "return_url": "\#(back)/x?y=1"}"#)
                let browser = Browser()
                let asked = try browser.open(offer.authorization_url)
                let form = try #require(asked.forms.first, "\(asked.text)")
                let page = try browser.submit(
                    form,
                    of: asked,
                    with: [("decision", decision)],
                    stoppingBefore: back
                )
                #expect(page.status == 303)
                let wanted = "\(back)/x?y=1&connection=sandbox&tenant=t+1&\(result)"
                #expect(page.response["Location"] == wanted)
            }
            let state = try proxy.admin("GET", "/connections/sandbox?tenant=t%201")
            #expect(state.text.contains(#""state":"connected""#), "\(state.text)")
        }

        @Test func `a flow outlives a restart and counts once, and no secret of it is logged`()
            throws
        {
            let sandbox = try Sandbox("rotating")
            let folder = try TemporaryFolder()
            let browser = Browser()
            let first = try proxy(sandbox, in: folder)
            let offer = try offer(first)
            let end = try consent(
                browser,
                offer.authorization_url,
                stoppingBefore: first.url("/oauth-callback")
            )
            let location = try WebAddress(try #require(end.response["Location"]))
            first.process.kill()

            let second = try proxy(sandbox, in: folder)
            let provider = "http://127.0.0.1:\(sandbox.port)/authorize"
            let callback = second.url(location.target)
            let copy = Browser()
            copy.cookies = browser.cookies
            #expect(try Browser().open(callback, from: provider).status == 403)
            let page = try browser.open(callback, from: provider)
            #expect(page.status == 200, "\(page.text)")
            #expect(try copy.open(callback, from: provider).status == 400)
            #expect(try second.state(of: "sandbox").state == "connected")

            second.process.send(SIGTERM)
            #expect(try second.process.wait() == .code(0))
            let log = try #require(folder.read("access.log"))
            #expect(log.contains(#""path":"/oauth-callback""#))
            let pages = log.split(separator: "\n").filter { $0.contains(#""status":200"#) }
            #expect(!pages.isEmpty && pages.allSatisfy { !$0.contains(#""bytes_out":0,"#) })
            let ticket = try WebAddress(offer.authorization_url).query["ticket"]
            let secrets = [ticket, location.query["code"], location.query["state"]]
            for secret in secrets.compactMap(\.self) + copy.cookies.map(\.value) {
                #expect(secret.utf8.count > 8)
                for text in [log, first.process.transcript, second.process.transcript] {
                    #expect(!text.contains(secret))
                }
            }
        }

        @Test func `a foreign host, page or method gets nothing`() throws {
            let sandbox = try Sandbox()
            let proxy = try proxy(sandbox)
            let url = try WebAddress(try offer(proxy).authorization_url)
            func fetch(_ host: String, _ method: String = "GET") throws -> ProbeResponse {
                try HTTPProbe.fetch(url.target, method: method, port: url.port, host: host)
            }
            #expect(try fetch("evil.test").status == 421)
            #expect(try fetch("127.0.0.1:\(url.port)").status == 200)
            let put = try fetch("127.0.0.1:\(url.port)", "PUT")
            #expect(put.status == 405)
            #expect(put["Allow"] == "GET, POST")
            #expect(try fetch("127.0.0.1:\(url.port)", "TRACE").status == 405)
            let long = try proxy.fetch(
                "/connect/sandbox",
                method: "POST",
                body: String(repeating: "x", count: 20_000)
            )
            #expect(long.status == 413)
            let form = "ticket=\(url.query["ticket"] ?? "")"
            let evil = try proxy.fetch(
                "/connect/sandbox",
                method: "POST",
                fields: [("Origin", "http://evil.test"), ("Sec-Fetch-Site", "cross-site")],
                body: form
            )
            #expect(evil.status == 403)
            #expect(try proxy.fetch("/connect/sandbox", method: "POST", body: form).status == 303)
            #expect(try proxy.fetch("/connect/sandbox", method: "POST", body: form).status == 400)
        }

        @Test func `an issuer alone leads to the provider, and no other issuer's answer counts`()
            throws
        {
            let honest = try Sandbox("rotating")
            let evil = try Sandbox("rotating")
            func connection(_ name: String, _ sandbox: Sandbox) -> String {
                """
                connection \(name) {
                    grant authorization_code;
                    issuer http://127.0.0.1:\(sandbox.port);
                    client_id demo; client_secret demo-secret;
                    api_client { base_uri http://127.0.0.1:\(sandbox.port)/api; }
                }

                """
            }
            let proxy = try Attache(
                connection("sandbox", honest) + connection("evil", evil),
                listener: "connect_pages on;"
            )
            let page = try consent(Browser(), try offer(proxy).authorization_url)
            #expect(page.status == 200, "\(page.text)")

            // The attacker's provider sends the browser on to the honest one, and then back to us
            // with the honest one's code but its own state, as if it had issued it (RFC 9700 4.4).
            let browser = Browser()
            let callback = proxy.url("/oauth-callback")
            let mixed = try offer(proxy, of: "evil")
            let asked = try consent(browser, mixed.authorization_url, stoppingBefore: callback)
            let target = try WebAddress(try #require(asked.response["Location"])).query
            let calls = try (honest.tokenCalls(), evil.tokenCalls())
            let answer = try browser.open(
                callback + "?code=honest-code&state=\(target["state"] ?? "")"
                    + "&iss=http%3A%2F%2F127.0.0.1%3A\(honest.port)",
                from: "http://127.0.0.1:\(honest.port)/"
            )
            #expect(answer.status == 400)
            #expect(answer.text.contains("wrong_issuer"))
            #expect(try (honest.tokenCalls(), evil.tokenCalls()) == calls)
        }

        @Test func `a new connection is tried out`() throws {
            let sandbox = try Sandbox()
            for (test, status) in [("test GET /x;", 200), ("test GET /x expect=418;", 502)] {
                let proxy = try proxy(sandbox, test)
                let page = try consent(Browser(), try offer(proxy).authorization_url)
                #expect(page.status == status, "\(page.text)")
                #expect(try proxy.state(of: "sandbox").state == "connected")
            }
        }

        @Test func `without a refresh token nothing is stored, unless that is as it should be`()
            throws
        {
            let sandbox = try Sandbox()
            let reply = #"{"body": {"access_token": "a1", "expires_in": 60}}"#
            for (more, status) in [("", 502), ("refresh off;", 200)] {
                let proxy = try proxy(sandbox, more)
                try sandbox.control("script", reply, as: Sandbox.Anything.self)
                let page = try consent(Browser(), try offer(proxy).authorization_url)
                #expect(page.status == status, "\(page.text)")
                let state = try proxy.state(of: "sandbox").state
                #expect(state == (status == 200 ? "connected" : "never_connected"))
            }
        }
    }
}
