import Config
import Connect
import Credentials
import HTTP
import Synchronization
import Testing
import Tokens

/// Invitations, and the way back to the app.
@Suite struct ReturnTests {
    @Test(
        arguments: [
            "https://app.test/done", "https://app.test/done/", "https://app.test/done/x?y=1",
            "https://app.test:443/done", "https://APP.test/done",
        ]
    )
    func `takes what lies under an allowed URL`(url: String) throws {
        _ = try Visitor(try Stage().pages()).offer(returnURL: url)
    }

    @Test(
        arguments: [
            "https://app.test/", "https://app.test/done2", "https://app.test/don",
            "http://app.test/done", "https://app.test:8443/done", "https://evil.test/done",
            "https://app.test.evil.test/done", "https://app.test@evil.test/done",
            "https://app.test/done/../x", "https://app.test/done/%2e%2E/x", "//app.test/done",
            "https://app.test/done#x", "javascript:alert(1)", "/done", "",
            "https://app.test\\@evil.test/done", "https://app.test/done\r\nX: y",
        ]
    )
    func `refuses what does not`(url: String) throws {
        #expect(throws: OfferRefusal.returnURLNotAllowed) {
            _ = try Visitor(try Stage().pages()).offer(returnURL: url)
        }
    }

    @Test func `an allowed origin allows all its paths, and without a list none is`() throws {
        let stage = Stage()
        let open = try stage.pages(returnURLs: ["https://app.test"])
        _ = try Visitor(open).offer(returnURL: "https://app.test/any")
        _ = try Visitor(open).offer(returnURL: "https://app.test")
        #expect(throws: OfferRefusal.returnURLNotAllowed) {
            _ = try Visitor(try stage.pages(returnURLs: [])).offer(returnURL: "https://app.test")
        }
    }

    @Test func `success goes back to the app`() async throws {
        var visitor = Visitor(try Stage().pages())
        let back = "https://app.test/done?keep=1&status=spoofed"
        let page = try visitor.offer(tenant: "a&b", returnURL: back)
        let asked = try await visitor.leave(page)
        let response = await visitor.comeBack(asked["state"] ?? "")
        #expect(response.status == 303)
        let wanted = "https://app.test/done?keep=1&connection=crm&tenant=a%26b&status=connected"
        #expect(response.fields["Location"] == wanted)
        #expect(response.fields["Referrer-Policy"] == "no-referrer")
        #expect(visitor.cookies.isEmpty)
    }

    @Test func `failure goes back with its code`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let failures = [
            ("error=access_denied", "access_denied"), ("x=1", "no_code"),
            ("error=%3Cb%3E%20x", "provider_error"),
            ("error=temporarily_unavailable", "temporarily_unavailable"),
        ]
        for (more, code) in failures {
            let page = try visitor.offer(returnURL: "https://app.test/done")
            let asked = try await visitor.leave(page)
            let response = await visitor.comeBack(asked["state"] ?? "", more)
            #expect(response.status == 303)
            let wanted = "https://app.test/done?connection=crm&status=error&error=\(code)"
            #expect(response.fields["Location"] == wanted)
        }
        stage.state.withLock { $0.refusal = .refused(code: "no_refresh_token", message: "") }
        let page = try visitor.offer(returnURL: "https://app.test/done")
        let asked = try await visitor.leave(page)
        let response = await visitor.comeBack(asked["state"] ?? "")
        #expect(response.fields["Location"]?.hasSuffix("error=no_refresh_token") == true)
    }

    @Test func `an answer of nobody goes nowhere`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let asked = try await visitor.leave(try visitor.offer(returnURL: "https://app.test/done"))
        var thief = Visitor(try stage.pages())
        let response = await thief.comeBack(asked["state"] ?? "")
        #expect(response.status == 403)
        #expect(response.fields["Location"] == nil)
    }

    @Test func `offers what can be connected, and nothing else`() throws {
        let stage = Stage()
        stage.state.withLock { state in
            state.connections["machine"] = Stage.connection("machine")
            state.connections["machine"]?.grant = .clientCredentials
            state.connections["half"] = Stage.connection("half")
            state.connections["half"]?.authorizeURI = nil
            state.connections["shop"] = Stage.connection("shop")
            state.connections["shop"]?.authorizeURI = try? Template("https://{{shop}}.idp.test/a")
        }
        let visitor = Visitor(try stage.pages())
        func refusal(_ body: () throws -> String) -> OfferRefusal? {
            do {
                _ = try body()
                return nil
            } catch {
                return error as? OfferRefusal
            }
        }
        #expect(refusal { try visitor.offer("nobody") } == .unknownConnection("nobody"))
        #expect(refusal { try visitor.offer("machine") } == .wrongGrant("client_credentials"))
        #expect(
            refusal { try visitor.offer("half") }?.description.contains("authorize_uri") == true
        )
        #expect(refusal { try visitor.offer("shop") }?.description.contains("'shop'") == true)
        let long = String(repeating: "x", count: 257)
        for (tenant, parameters) in [
            (long, [:]), ("", [:]), (nil, ["access_token": "x"]), (nil, ["": "x"]),
            (nil, ["a": "b\r\nc"]), (nil, ["a": String(repeating: "x", count: 4000)]),
        ] as [(String?, [String: String])] {
            let found = refusal { try visitor.offer(tenant: tenant, parameters: parameters) }
            guard case .badValue = found else {
                Issue.record("\(String(describing: found)) for \(parameters.keys)")
                continue
            }
        }
        #expect(refusal { try visitor.offer(tenant: String(long.dropLast())) } == nil)
    }

    @Test func `the URL is under the public one, and says when it ends`() throws {
        let pages = try Stage().pages(publicURL: "https://h.test/attache/")
        let offer = try pages.offer(
            connection: "crm",
            tenant: nil,
            returnURL: nil,
            parameters: [:]
        )
        #expect(offer.url.hasPrefix("https://h.test/attache/connect/crm?ticket="))
        #expect(offer.expiresAt.seconds == 1_800_000_600)
    }
}
