import Config
import Connect
import Credentials
import Crypto
import HTTP
import OAuth
import Synchronization
import Testing
import Tokens

/// The way back from the provider.
@Suite struct CallbackTests {
    @Test func `a code is exchanged with the URI and the verifier that it was asked with`()
        async throws
    {
        let stage = Stage { $0.callbackKeep = ["realmId"] }
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer(tenant: "acme", parameters: ["shop": "x"])
        let asked = try await visitor.leave(page)
        let more = "code=c%2F1&realmId=42&ignored=1"
        let response = await visitor.comeBack(asked["state"] ?? "", more)
        #expect(response.status == 200)
        #expect(response.text.contains("is connected for <b>acme</b>"))
        let exchange = try #require(stage.exchanges.first)
        #expect(exchange.id == CredentialID(connection: "crm", tenant: "acme"))
        #expect(exchange.code == "c/1")
        #expect(exchange.redirectURI == asked["redirect_uri"])
        #expect(exchange.fields == ["shop": "x", "realmId": "42"])
        let verifier = try #require(exchange.verifier)
        #expect((43...128).contains(verifier.utf8.count))
        #expect(Base64URL.encode(SHA256.digest(verifier)) == asked["code_challenge"])
        #expect(visitor.cookies.isEmpty)
    }

    @Test func `the page closes its popup by a script that its policy names`() async throws {
        var visitor = Visitor(try Stage().pages())
        let asked = try await visitor.leave(try visitor.offer())
        let response = await visitor.comeBack(asked["state"] ?? "")
        let script = try #require(
            response.text.components(of: "<script>").last?.prefix { $0 != "<" }
        )
        let hash = Base64.encode(SHA256.digest(String(script)))
        let policy = response.fields["Content-Security-Policy"] ?? ""
        #expect(policy.contains("script-src 'sha256-\(hash)'"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(response.fields["Cache-Control"] == "no-store")
        #expect(response.fields["Referrer-Policy"] == "no-referrer")
    }

    @Test func `an answer counts once, over a restart too`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        let kept = visitor.cookies
        // The flow goes on after a restart.
        visitor = Visitor(try stage.pages())
        visitor.cookies = kept
        #expect(await visitor.comeBack(asked["state"] ?? "").status == 200)
        var replay = Visitor(try stage.pages())
        replay.cookies = kept
        let response = await replay.comeBack(asked["state"] ?? "")
        #expect(response.status == 400)
        #expect(response.text.contains("state_used"))
        #expect(stage.exchanges.count == 1)
    }

    @Test func `another browser's answer is refused, and may still come from its own`()
        async throws
    {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        var other = Visitor(try stage.pages())
        _ = try await other.leave(try other.offer())
        // With no cookie, with one of its own flow, and with its own under the other's name.
        let named = try #require(visitor.cookies.keys.first)
        let own = try #require(other.cookies.values.first)
        for cookies in [[:], other.cookies, [named: own], [named: "junk"]] {
            var thief = Visitor(try stage.pages())
            thief.cookies = cookies
            let response = await thief.comeBack(asked["state"] ?? "")
            #expect(response.status == 403)
            #expect(response.text.contains("wrong_browser"))
        }
        #expect(stage.exchanges.isEmpty)
        #expect(await visitor.comeBack(asked["state"] ?? "").status == 200)
    }

    @Test func `an answer after ten minutes is refused`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        stage.pass(600)
        let response = await visitor.comeBack(asked["state"] ?? "")
        #expect(response.status == 400)
        #expect(response.text.contains("state_expired"))
        #expect(stage.exchanges.isEmpty)
    }

    @Test func `garbage is refused without a call`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        let state = asked["state"] ?? ""
        let ticket = try visitor.offer().split(separator: "=")[1]
        let broken = [
            "", "?", "?code=x", "?state=", "?state=x&code=x", "?state=\(state)x&code=x",
            "?state=\(ticket)&code=x", "?state=\(state)&state=\(state)&code=x",
            "?state=\(state)&code=x&code=y", "?state=\(state)&code=x&iss=a&iss=b",
            "?state=\(state)&code=%ff", "?state=\(state)&code=a%0d%0ab", "?%",
            "?statex=\(state.dropLast())&code=x",
        ]
        for query in broken {
            let response = await visitor.get("/oauth-callback\(query)")
            #expect(response.status == 400, "\(query)")
        }
        #expect(stage.exchanges.isEmpty)
        #expect(await visitor.comeBack(state).status == 200)
    }

    @Test func `a provider's error is told, escaped and cleaned`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        let more =
            "error=server_error&error_description=%3Cscript%3Ealert(1)%3C/script%3E%00%E2%80%AE"
            .replacing("%00", with: "")
        let response = await visitor.comeBack(asked["state"] ?? "", more)
        #expect(response.status == 502)
        #expect(response.text.contains("server_error"))
        #expect(response.text.contains("&lt;script&gt;alert(1)"))
        #expect(!response.text.contains("<script"))
        #expect(!response.text.contains("\u{202E}"))
        #expect(stage.exchanges.isEmpty)
    }

    @Test func `a person who says no is told so`() async throws {
        var visitor = Visitor(try Stage().pages())
        let asked = try await visitor.leave(try visitor.offer())
        let response = await visitor.comeBack(asked["state"] ?? "", "error=access_denied")
        #expect(response.status == 400)
        #expect(response.text.contains("you did not agree"))
    }

    @Test func `an answer with neither code nor error is the provider's fault`() async throws {
        var visitor = Visitor(try Stage().pages())
        let asked = try await visitor.leave(try visitor.offer())
        let response = await visitor.comeBack(asked["state"] ?? "", "x=1&code=")
        #expect(response.status == 502)
        #expect(response.text.contains("no_code"))
    }

    @Test func `another issuer's answer is refused, errors too`() async throws {
        let stage = Stage { $0.issuer = URI("https://idp.test") }
        var visitor = Visitor(try stage.pages())
        for more in [
            "code=c&iss=https://evil.test", "code=c&iss=https://idp.test/",
            "error=access_denied&iss=https://evil.test",
        ] {
            let asked = try await visitor.leave(try visitor.offer())
            let response = await visitor.comeBack(asked["state"] ?? "", more)
            #expect(response.status == 400)
            #expect(response.text.contains("wrong_issuer"))
        }
        #expect(stage.exchanges.isEmpty)
        let asked = try await visitor.leave(try visitor.offer())
        let more = "code=c&iss=https%3A%2F%2Fidp.test"
        #expect(await visitor.comeBack(asked["state"] ?? "", more).status == 200)
    }

    /// The metadata of the issuer `https://idp.test`.
    private func metadata(_ more: String) throws -> ServerMetadata {
        let issuer = try #require(URI("https://idp.test"))
        let text = #"{"issuer": "https://idp.test"\#(more)}"#
        return try ServerMetadata(Response(status: 200, body: Array(text.utf8)), of: issuer)
    }

    @Test func `an issuer that promises its name must give it`() async throws {
        let stage = Stage { $0.issuer = URI("https://idp.test") }
        let promise = try metadata(#", "authorization_response_iss_parameter_supported": true"#)
        stage.state.withLock { $0.metadata = .success(promise) }
        var visitor = Visitor(try stage.pages())
        for more in ["code=c", "error=access_denied", "code=c&iss="] {
            let asked = try await visitor.leave(try visitor.offer())
            let response = await visitor.comeBack(asked["state"] ?? "", more)
            #expect(response.status == 400)
            #expect(response.text.contains("wrong_issuer"))
        }
        #expect(stage.exchanges.isEmpty)
        let asked = try await visitor.leave(try visitor.offer())
        let more = "code=c&iss=https%3A%2F%2Fidp.test"
        #expect(await visitor.comeBack(asked["state"] ?? "", more).status == 200)
    }

    @Test func `an issuer tells where it is asked`() async throws {
        let stage = Stage {
            $0.issuer = URI("https://idp.test")
            $0.authorizeURI = nil
            $0.tokenURI = nil
        }
        let endpoints = """
            , "authorization_endpoint": "https://idp.test/found/authorize", \
            "token_endpoint": "https://idp.test/found/token"
            """
        let found = try metadata(endpoints)
        stage.state.withLock { $0.metadata = .success(found) }
        var visitor = Visitor(try stage.pages(confirm: false))
        let response = await visitor.get(try visitor.offer())
        let location = response.fields["Location"] ?? ""
        #expect(location.hasPrefix("https://idp.test/found/authorize?client_id=app&"))

        let nothing = try metadata("")
        stage.state.withLock { $0.metadata = .success(nothing) }
        let incomplete = await visitor.get(try visitor.offer())
        #expect(incomplete.status == 400)
        #expect(incomplete.text.contains("authorize_uri"))
        stage.state.withLock {
            $0.metadata = .failure(.unavailable(code: "discovery", message: "no <route>"))
        }
        let unknown = await visitor.get(try visitor.offer())
        #expect(unknown.status == 502)
        #expect(unknown.text.contains("no &lt;route&gt;"))
        #expect(stage.state.withLock { $0.spent.isEmpty } == false)
    }

    @Test func `a new connection is tested, and a failing test is told`() async throws {
        let stage = Stage { $0.test = TestConfiguration(method: "GET", path: "/me") }
        var visitor = Visitor(try stage.pages())
        var asked = try await visitor.leave(try visitor.offer(tenant: "a"))
        #expect(await visitor.comeBack(asked["state"] ?? "").status == 200)
        #expect(stage.state.withLock { $0.tests } == [CredentialID(connection: "crm", tenant: "a")])
        stage.state.withLock {
            $0.testRefusal = .refused(code: "test_failed", message: "GET /me gave 403")
        }
        asked = try await visitor.leave(try visitor.offer())
        let response = await visitor.comeBack(asked["state"] ?? "")
        #expect(response.status == 502)
        #expect(response.text.contains("GET /me gave 403"))
        asked = try await visitor.leave(try visitor.offer(returnURL: "https://app.test/done"))
        let location = await visitor.comeBack(asked["state"] ?? "").fields["Location"]
        #expect(location?.hasSuffix("?connection=crm&status=error&error=test_failed") == true)
    }

    @Test func `a connection without a test is not tested`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        #expect(await visitor.comeBack(asked["state"] ?? "").status == 200)
        #expect(stage.state.withLock { $0.tests }.isEmpty)
    }

    @Test func `what was configured when it began is what it ends with`() async throws {
        let changes: [(inout ConnectionConfiguration) -> Void] = [
            { $0.tokenURI = .literal("https://evil.test/token") }, { $0.clientID = "another" },
            { $0.issuer = URI("https://evil.test") },
        ]
        for change in changes {
            let stage = Stage()
            var visitor = Visitor(try stage.pages())
            let asked = try await visitor.leave(try visitor.offer())
            stage.state.withLock { state in
                if var connection = state.connections["crm"] {
                    change(&connection)
                    state.connections["crm"] = connection
                }
            }
            let response = await visitor.comeBack(asked["state"] ?? "")
            #expect(response.status == 400)
            #expect(response.text.contains("configuration_changed"))
            #expect(stage.exchanges.isEmpty)
        }
    }

    @Test func `a connection that is gone takes no answer`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        stage.state.withLock { $0.connections["crm"] = nil }
        #expect(await visitor.comeBack(asked["state"] ?? "").status == 400)
        #expect(stage.exchanges.isEmpty)
    }

    @Test func `an answer at another connection's address is refused`() async throws {
        let own = "https://connect.test/oauth-callback/crm"
        for (redirectURI, right, wrong) in [
            (nil, "/oauth-callback", "/oauth-callback/crm"),
            (own, "/oauth-callback/crm", "/oauth-callback"),
            (own, "/oauth-callback/crm", "/oauth-callback/other"),
            ("https://app.test/cb", "/oauth-callback", "/oauth-callback/other"),
        ] {
            let stage = Stage { $0.redirectURI = redirectURI.flatMap { URI($0) } }
            var visitor = Visitor(try stage.pages())
            var asked = try await visitor.leave(try visitor.offer())
            let refused = await visitor.comeBack(asked["state"] ?? "", to: wrong)
            #expect(refused.status == 400)
            #expect(refused.text.contains("wrong_callback"))
            #expect(stage.exchanges.isEmpty)
            asked = try await visitor.leave(try visitor.offer())
            let response = await visitor.comeBack(asked["state"] ?? "", to: right)
            #expect(response.status == 200)
            #expect(stage.exchanges.first?.redirectURI == asked["redirect_uri"])
        }
    }

    @Test func `code and state may have other names, and then only those`() async throws {
        let stage = Stage {
            $0.callbackNames = [NamedText("code", "auth_code"), NamedText("state", "cookie")]
        }
        var visitor = Visitor(try stage.pages())
        var asked = try await visitor.leave(try visitor.offer())
        var state = asked["state"] ?? ""
        var response = await visitor.get("/oauth-callback?auth_code=c&cookie=\(state)")
        #expect(response.status == 200)
        #expect(stage.exchanges.map(\.code) == ["c"])
        asked = try await visitor.leave(try visitor.offer())
        state = asked["state"] ?? ""
        response = await visitor.get("/oauth-callback?auth_code=c&state=\(state)")
        #expect(response.status == 400)
        #expect(stage.exchanges.count == 1)
    }

    @Test func `a refused exchange is the provider's failure, told in words`() async throws {
        let refusals: [(CredentialRefusal, Int, String)] = [
            (
                .refused(code: "needs_authorization", message: "invalid <grant>"), 502,
                "&lt;grant&gt;"
            ),
            (.unavailable(code: "token_unavailable", message: "no route"), 502, "no route"),
            (.timedOut, 502, "in time"),
            (.unavailable(code: "vault", message: "no space left"), 503, "no space left"),
        ]
        for (refusal, status, words) in refusals {
            let stage = Stage()
            stage.state.withLock { $0.refusal = refusal }
            var visitor = Visitor(try stage.pages())
            let asked = try await visitor.leave(try visitor.offer())
            let response = await visitor.comeBack(asked["state"] ?? "")
            #expect(response.status == status)
            #expect(response.text.contains(words), "\(response.text)")
            // The code is not sent a second time.
            #expect(await visitor.comeBack(asked["state"] ?? "").status == 400)
            #expect(stage.exchanges.count == 1)
        }
    }

    @Test(
        arguments: [
            ("https://oauth2.googleapis.com/token", "&#39;extra prompt consent;&#39;"),
            ("https://login.microsoftonline.com/x/oauth2/v2.0/token", "offline_access"),
            ("https://api.dropboxapi.com/oauth2/token", "token_access_type offline"),
            ("https://idp.test/token", "&#39;scopes … offline_access;&#39;"),
        ]
    )
    func `no refresh token names what is missing`(uri: String, words: String) async throws {
        let stage = Stage { $0.tokenURI = .literal(uri) }
        stage.state.withLock { $0.refusal = .refused(code: "no_refresh_token", message: "-") }
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer())
        let response = await visitor.comeBack(asked["state"] ?? "")
        #expect(response.status == 502)
        #expect(response.text.contains(words), "\(response.text)")
    }
}
