import Support
import Testing

extension EndToEnd {
    /// People connect accounts at providers that other people wrote, and programs use them.
    @Suite struct ConnectFlowTests {
        /// A listener for routes and connect pages.
        private static let listener = "connect_pages on;"

        private func callback(_ port: Int) -> String { "http://127.0.0.1:\(port)/oauth-callback" }

        /// Sends 160 requests from 8 processes at once while the token is refreshed three times.
        private func useAtOnce(_ proxy: Attache, _ path: String, _ connection: String) throws {
            let urls = Array(repeating: proxy.url(path), count: 20)
            let clients = try (1...8).map { _ in
                try ChildProcess(
                    Requirement.curl.installed(),
                    ["-q", "-s", "--noproxy", "*", "-w", "%{stderr}%{http_code} "] + urls
                )
            }
            for _ in 1...3 {
                let answer = try proxy.admin("POST", "/connections/\(connection)/refresh", "{}")
                #expect(answer.status == 200, "\(answer.text)")
                // A request is sent a second time only once; two refreshes must not meet the same.
                for _ in 1...2 { #expect(try proxy.fetch(path).status == 200) }
            }
            for client in clients {
                #expect(try client.wait(seconds: 120) == .code(0))
                let statuses = client.standardError.split(separator: " ")
                #expect(statuses.count == 20)
                #expect(statuses.allSatisfy { $0 == "200" }, "\(statuses)")
            }
        }

        @Test(.requires(.pythonClients, .curl))
        func `django-oauth-toolkit: connect, call, rotate, revoke, connect again`() throws {
            let port = try FreePort.next()
            let provider = try DjangoProvider(redirect: callback(port))
            let settings = provider.connection("django") + "route /django/ { connection django; }"
            let proxy = try Attache(settings, listener: Self.listener, port: port)
            #expect(try proxy.fetch("/django/me").status == 424)

            func connect() throws {
                let person = Person(proxy)
                let consent = try person.begin("django")
                let form = try #require(consent.forms.first, "\(consent.status) \(consent.text)")
                let end = try person.browser.submit(
                    form,
                    of: consent,
                    with: [("allow", "Authorize")]
                )
                #expect(end.status == 200, "\(end.text)\n\(proxy.process.transcript)")
                #expect(end.url.path == "/oauth-callback")
                #expect(try proxy.state(of: "django").state == "connected")
            }
            try connect()
            let answer = try proxy.fetch("/django/me")
            #expect(answer.status == 200)
            #expect(answer.text.contains("\"user\": \"person\""), "\(answer.text)")

            try useAtOnce(proxy, "/django/me", "django")
            #expect(try proxy.state(of: "django").state == "connected")
            #expect(try provider.refreshTokens().alive == 1)

            let revoked = try proxy.admin("POST", "/connections/django/revoke", "{}")
            #expect(revoked.status == 200, "\(revoked.text)")
            #expect(try proxy.fetch("/django/me").status == 424)
            try Wait.until("the provider to be told") { try provider.refreshTokens().alive == 0 }

            try connect()
            #expect(try proxy.fetch("/django/me").status == 200)
        }

        @Test(.requires(.pythonClients)) func `a person who says no is told what happened`() throws
        {
            let port = try FreePort.next()
            let provider = try DjangoProvider(redirect: callback(port))
            let proxy = try Attache(
                provider.connection("django"),
                listener: Self.listener,
                port: port
            )
            let person = Person(proxy)
            let consent = try person.begin("django")
            let form = try #require(consent.forms.first, "\(consent.status) \(consent.text)")
            let end = try person.browser.submit(form, of: consent)
            #expect(end.status == 400)
            #expect(end.text.contains("access_denied"), "\(end.text)")
            #expect(try proxy.state(of: "django").state == "never_connected")
        }

        @Test(.requires(.glewlwyd, .python3, .curl))
        func `Glewlwyd: connect, call, rotate, revoke, connect again`() throws {
            let port = try FreePort.next()
            let provider = try Glewlwyd(redirect: callback(port))
            let upstream = try Upstream()
            let proxy = try Attache(
                """
                connection glewlwyd {
                    grant authorization_code;
                    authorize_uri \(provider.authorizeURI);
                    token_uri \(provider.tokenURI);
                    revoke_uri \(provider.revokeURI);
                    client_id \(provider.clientID);
                    client_secret \(provider.clientSecret);
                    scopes read;
                    api_client { base_uri http://127.0.0.1:\(upstream.port); }
                }
                route /glewlwyd/ { connection glewlwyd; }
                """,
                listener: Self.listener,
                port: port
            )

            func connect() throws {
                let person = Person(proxy)
                // Its login page is a program for browsers; what that program would do is done here.
                let asked = try person.begin("glewlwyd", stoppingBefore: provider.loginPage)
                try provider.logIn(person.browser)
                let end = try person.browser.open(
                    "\(asked.url.text)&g_continue",
                    from: asked.url.text
                )
                #expect(end.status == 200, "\(end.text)\n\(proxy.process.transcript)")
                #expect(end.url.path == "/oauth-callback")
            }
            try connect()
            let first = try Echo(proxy.fetch("/glewlwyd/echo")).all("Authorization")
            #expect(try provider.isActive(String(first[0].dropFirst("Bearer ".count))))

            try useAtOnce(proxy, "/glewlwyd/echo", "glewlwyd")
            let last = try Echo(proxy.fetch("/glewlwyd/echo")).all("Authorization")
            let token = String(last[0].dropFirst("Bearer ".count))
            #expect(try first != last && provider.isActive(token))

            let revoked = try proxy.admin("POST", "/connections/glewlwyd/revoke", "{}")
            #expect(revoked.status == 200, "\(revoked.text)")
            #expect(try proxy.fetch("/glewlwyd/echo").status == 424)
            try Wait.until("the provider to be told") { try !provider.isActive(token) }

            try connect()
            #expect(try proxy.fetch("/glewlwyd/echo").status == 200)
        }

        @Test(.requires(.pythonClients))
        func `oidc-provider-mock: found by its issuer, keeps the old refresh token`() throws {
            let provider = try OIDCMock()
            let proxy = try Attache(
                """
                connection mock {
                    grant authorization_code;
                    issuer \(provider.base);
                    client_id anybody;
                    client_secret anything;
                    scopes openid email;
                    api_client { base_uri \(provider.base); }
                }
                route /mock/ { connection mock; }
                """,
                listener: Self.listener
            )
            let person = Person(proxy)
            let consent = try person.begin("mock")
            let form = try #require(consent.forms.first, "\(consent.status) \(consent.text)")
            let end = try person.browser.submit(form, of: consent, with: [("sub", "ada")])
            #expect(end.status == 200, "\(end.text)\n\(proxy.process.transcript)")
            for _ in 1...3 {
                let answer = try proxy.fetch("/mock/userinfo")
                #expect(answer.status == 200)
                #expect(answer.text.contains("\"sub\""), "\(answer.text)")
                let refreshed = try proxy.admin("POST", "/connections/mock/refresh", "{}")
                #expect(refreshed.status == 200, "\(refreshed.text)")
            }
        }
    }
}
