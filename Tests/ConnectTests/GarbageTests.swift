import Connect
import HTTP
import Testing

/// Requests that nobody's browser sends.
@Suite struct GarbageTests {
    /// A generator that gives the same numbers each time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test func `nothing that is sent breaks the pages or connects anybody`() async throws {
        let stage = Stage()
        var visitor = Visitor(try stage.pages())
        let page = try visitor.offer()
        let asked = try await visitor.leave(page)
        let state = try #require(asked["state"])
        let cookie = try #require(visitor.cookies.first)
        let ticket = String(page.split(separator: "=")[1])
        let pieces = [
            "/connect/", "/oauth-callback", "/", "crm", "?", "&", "=", "ticket", "state", "code",
            "error", "iss", "%", "%00", "%zz", "%E2%80%AE", "+", state, ticket, cookie.key,
            cookie.value, "\u{1F600}", "é", ";", " ", String(repeating: "A", count: 70), "",
        ]
        var numbers = Numbers(state: 1)
        for _ in 0..<3000 {
            func text(_ most: Int) -> String {
                (0..<Int.random(in: 0...most, using: &numbers))
                    .map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            }
            var request = Request(
                method: Bool.random(using: &numbers) ? "GET" : "POST",
                target: ["/connect/", "/oauth-callback", ""].randomElement(using: &numbers)!
                    + text(8),
                body: Array(text(6).utf8)
            )
            request.fields.append("Cookie", text(6))
            request.fields.append("Origin", "https://evil.test")
            let response = await visitor.pages.answer(request, isSecure: false)
            #expect([200, 400, 403, 405].contains(response.status), "\(request)")
            #expect(response.fields["Cache-Control"] == "no-store")
        }
        #expect(stage.exchanges.isEmpty)
        #expect(await visitor.comeBack(state).status == 200)
    }
}
