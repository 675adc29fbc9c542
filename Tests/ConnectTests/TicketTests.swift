import Config
import Connect
import Crypto
import HTTP
import Synchronization
import Testing

/// Tickets and the page they open.
@Suite struct TicketTests {
    @Test func `the page names connection, account, scopes and the way, with one button`()
        async throws
    {
        var visitor = Visitor(try Stage().pages())
        let response = await visitor.get(try visitor.offer(tenant: "acme & <co>"))
        #expect(response.status == 200)
        let text = response.text
        #expect(text.contains("The &lt;crm&gt;") && text.contains("acme &amp; &lt;co&gt;"))
        #expect(text.contains("<li>read</li><li>write</li>"))
        #expect(text.contains("Continue to idp.test"))
        #expect(text.contains("<form method=\"post\" action=\"crm\">"))
        #expect(text.components(of: "<button").count == 2)
        #expect(response.fields.all("Set-Cookie").isEmpty)
        let policy = response.fields["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"))
        #expect(policy.contains("form-action 'self' https:"))
        #expect(!policy.contains("unsafe"))
        #expect(response.fields["Cache-Control"] == "no-store")
        #expect(response.fields["Referrer-Policy"] == "no-referrer")
        #expect(response.fields["X-Content-Type-Options"] == "nosniff")
        #expect(!text.contains("http://") && !text.contains("//cdn"))
    }

    @Test func `the button leads to the provider, with a cookie for this browser alone`()
        async throws
    {
        var visitor = Visitor(try Stage().pages())
        let page = try visitor.offer()
        let body = String(page.split(separator: "?")[1])
        let response = await visitor.post(
            "/connect/crm",
            body,
            ["Origin": "https://connect.test", "Sec-Fetch-Site": "same-origin"]
        )
        #expect(response.status == 303)
        let cookie = try #require(response.fields["Set-Cookie"])
        #expect(cookie.hasPrefix("__Host-attache-flow-"))
        #expect(cookie.hasSuffix("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"))
        #expect(cookie.utf8.count < 4096)
        #expect(response.fields["Referrer-Policy"] == "no-referrer")
    }

    @Test func `under plain http the cookie has no mark of https`() async throws {
        let pages = try Stage().pages(publicURL: "http://127.0.0.1:8080", confirm: false)
        var visitor = Visitor(pages)
        let response = await visitor.get(try visitor.offer())
        let cookie = try #require(response.fields["Set-Cookie"])
        #expect(cookie.hasPrefix("attache-flow-"))
        #expect(cookie.hasSuffix("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"))
    }

    @Test func `a ticket works once, over a restart too`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        _ = try await visitor.leave(page)
        var thief = Visitor(try stage.pages())
        for _ in 0..<2 {
            let response = await thief.get(page)
            #expect(response.status == 400)
            #expect(response.text.contains("ticket_used"))
        }
        let body = String(page.split(separator: "?")[1])
        let response = await thief.post("/connect/crm", body, ["Sec-Fetch-Site": "same-origin"])
        #expect(response.status == 400)
        #expect(response.fields["Location"] == nil)
        #expect(thief.cookies.isEmpty)
    }

    @Test func `a ticket ends after ten minutes`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        stage.pass(599)
        #expect(await visitor.get(page).status == 200)
        stage.pass(1)
        let response = await visitor.get(page)
        #expect(response.status == 400)
        #expect(response.text.contains("ticket_expired"))
    }

    @Test func `nothing but a whole ticket for this connection opens a page`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        let ticket = String(page.split(separator: "=")[1])
        var changed = Array(ticket.utf8)
        changed[40] = changed[40] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let broken = [
            "/connect/crm", "/connect/crm?", "/connect/crm?ticket=", "/connect/crm?ticket=x",
            "/connect/crm?ticket=\(String(decoding: changed, as: UTF8.self))",
            "/connect/crm?ticket=\(ticket)&ticket=\(ticket)", "/connect/other?ticket=\(ticket)",
            "/connect/crm/?ticket=\(ticket)", "/connect/?ticket=\(ticket)",
            "/connect/crm?ticket=\(ticket.dropLast())", "/connect/%ff?ticket=\(ticket)",
            "/connect/crm?ticket=\(String(repeating: "A", count: 9000))", "/connect/crm?%",
        ]
        for target in broken {
            let response = await visitor.get(target)
            #expect(response.status == 400, "\(target)")
            #expect(response.fields.all("Set-Cookie").isEmpty)
        }
        #expect(await visitor.get(page).status == 200)
    }

    @Test func `a ticket of another key is none, one of the previous key is one`() async throws {
        let stage = Stage()
        let page = try Visitor(try stage.pages()).offer()
        let new = SecretKey.random()
        var stranger = Visitor(try stage.pages(keys: [new]))
        #expect(await stranger.get(page).status == 400)
        var visitor = Visitor(try stage.pages(keys: [new, Stage.key]))
        #expect(await visitor.get(page).status == 200)
    }

    @Test(
        arguments: [
            [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
            [("Origin", "https://evil.test"), ("Sec-Fetch-Site", "cross-site")],
            [("Origin", "https://evil.test")], [("Origin", "null")],
            [("Origin", "https://connect.test"), ("Origin", "https://evil.test")],
            [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "none")], [("Origin", "https://connect.test.evil.test")],
        ]
    )
    func `the button counts on our own page only`(fields: [(String, String)]) async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        let body = String(page.split(separator: "?")[1])
        let response = await visitor.post("/connect/crm", body, Fields(fields))
        #expect(response.status == 403)
        #expect(stage.state.withLock { $0.spent.isEmpty })
        #expect(visitor.cookies.isEmpty)
        _ = try await visitor.leave(page)
    }

    @Test func `other methods are refused with those that there are`() async throws {
        var visitor = Visitor(try Stage().pages())
        let page = try visitor.offer()
        for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
            let response = await visitor.send(Request(method: method, target: page))
            #expect(response.status == 405)
            #expect(response.fields["Allow"] == "GET, POST")
            let back = await visitor.send(Request(method: method, target: "/oauth-callback"))
            #expect(back.status == 405)
            #expect(back.fields["Allow"] == "GET")
        }
        #expect(await visitor.get(page).status == 200)
    }

    @Test func `what cannot be recorded is not done`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        stage.state.withLock { $0.marksFail = true }
        #expect(await visitor.get(page).status == 503)
        stage.state.withLock { $0.marksFail = false }
        let started = try await visitor.leave(page)
        stage.state.withLock { $0.marksFail = true }
        #expect(await visitor.comeBack(started["state"] ?? "").status == 503)
        #expect(stage.exchanges.isEmpty)
    }

    @Test func `a browser keeps few unfinished flows`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        visitor.cookies = ["__Host-attache-flow-junk": "junk", "other": "1"]
        for _ in 0..<10 {
            _ = try await visitor.leave(try visitor.offer())
            stage.pass(1)
        }
        #expect(visitor.cookies.count == 7)
        #expect(visitor.cookies["other"] == "1")
    }
}

extension String {
    /// The pieces between the places where a text stands.
    func components(of text: String) -> [Substring] {
        split(separator: text, omittingEmptySubsequences: false)
    }
}
