import Support
import Testing

extension EndToEnd {
    /// Many requests at one moment of a token's life, against the sandbox.
    @Suite(.requires(.python3)) struct BurstTests {
        /// How often each status came.
        private func burst(_ proxy: Attache, _ count: Int) throws -> String {
            let output = try ChildProcess.run(
                Requirement.python3.installed(),
                [Fixture.path("clients/burst.py"), "\(proxy.port)", "/api/x", "\(count)"],
                seconds: 120
            )
            return output.split(separator: " ").joined(separator: " ")
        }

        @Test func `10,000 first requests at once cost one token call`() throws {
            let sandbox = try Sandbox()
            let settings = sandbox.configuration(
                "grant client_credentials;",
                more: "upstream connections=64 queue=10000;"
            )
            let proxy = try Attache(settings, listener: "limits connections=12000;")
            #expect(try burst(proxy, 10_000) == "200 10000")
            #expect(try sandbox.tokenCalls() == 1)
        }

        @Test func `100 parallel 401s cost one refresh`() throws {
            let sandbox = try Sandbox()
            let proxy = try Attache(sandbox.configuration("grant client_credentials;"))
            #expect(try proxy.fetch("/api/x").status == 200)
            try sandbox.control("expire", "{}", as: Sandbox.Anything.self)
            #expect(try burst(proxy, 100) == "200 100")
            #expect(try sandbox.tokenCalls() == 2)
        }

        @Test func `a failing early refresh fails no request`() throws {
            let sandbox = try Sandbox()
            // Always in the buffer: every request would refresh.
            let settings = sandbox.configuration(
                "grant client_credentials;",
                more: "refresh_before 2h; refresh_share 100%;"
            )
            let proxy = try Attache(settings)
            #expect(try proxy.fetch("/api/x").status == 200)
            let failing = #"{"status": 500, "times": 1000}"#
            try sandbox.control("script", failing, as: Sandbox.Anything.self)
            #expect(try burst(proxy, 500) == "200 500")
            #expect(try sandbox.tokenCalls() > 1)
        }

        @Test func `invalid_grant is a 424 at once, after two calls at most`() throws {
            let sandbox = try Sandbox("rotating")
            let grant = try sandbox.grant()
            let proxy = try Attache(
                sandbox.configuration("grant refresh_token; refresh_token \(grant.refresh_token);")
            )
            #expect(try proxy.fetch("/api/x").status == 200)
            let before = try sandbox.tokenCalls()
            let all = #"{"refresh": true}"#
            try sandbox.control("expire", all, as: Sandbox.Anything.self)
            // The request whose 401 forces the refresh gets that 401 or already the verdict.
            let first = try proxy.fetch("/api/x")
            #expect([401, 424].contains(first.status))
            #expect(try burst(proxy, 100) == "424 100")
            let response = try proxy.fetch("/api/x")
            #expect(response.text.contains(#""code":"needs_authorization""#), "\(response.text)")
            #expect(try sandbox.tokenCalls() - before <= 2)
            #expect(try proxy.state(of: "sandbox").state == "needs_authorization")
        }
    }
}
