import Support
import Testing

extension EndToEnd {
    /// 403 of an API that wants another scope (RFC 6750 section 3.1): no new token would help.
    @Suite struct ScopeRefusalTests {
        @Test func `403 insufficient_scope passes through and costs no token call`() throws {
            let sandbox = try Sandbox()
            let proxy = try Attache(sandbox.configuration("grant client_credentials;"))
            let challenge = "Bearer%20realm%3D%22x%22%2C%20error%3D%22insufficient_scope%22"
            for _ in 1...5 {
                let answer = try proxy.fetch("/api/status/403?WWW-Authenticate=\(challenge)")
                #expect(answer.status == 403)
                let shown = answer["WWW-Authenticate"]
                #expect(shown == #"Bearer realm="x", error="insufficient_scope""#)
            }
            #expect(try sandbox.apiCalls() == 5)
            #expect(try sandbox.tokenCalls() == 1)
            #expect(try proxy.state(of: "sandbox").generation == 1)
            // A 401 beside it does refresh.
            try sandbox.control("expire", "{}", as: Sandbox.Anything.self)
            #expect(try proxy.fetch("/api/x").status == 200)
            #expect(try sandbox.tokenCalls() == 2)
        }
    }
}
