import Glibc
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

        @Test func `a busy token is refreshed ahead of its buffer, and no request waits`() throws {
            let sandbox = try Sandbox()
            try sandbox.control(
                "script",
                #"{"personality": "half-minute"}"#,
                as: Sandbox.Anything.self
            )
            // The first token's buffer begins 4 s after it came, and its timer rings before.
            let settings = sandbox.configuration(
                "grant client_credentials;",
                more: "refresh_share 86%;"
            )
            let proxy = try Attache(settings)
            #expect(try proxy.fetch("/api/x").status == 200)
            #expect(try sandbox.tokenCalls() == 1)
            var count = 1
            while try sandbox.tokenCalls() == 1 {
                #expect(try burst(proxy, 100) == "200 100")
                count += 100
            }
            for _ in 1...5 { #expect(try burst(proxy, 100) == "200 100") }
            #expect(try sandbox.tokenCalls() == 2)
            #expect(try proxy.state(of: "sandbox").generation == 2)
            proxy.process.send(SIGTERM)
            #expect(try proxy.process.wait() == .code(0))
            let log = Files.read(proxy.folder.file("access.log")) ?? ""
            let lines = log.split(separator: "\n")
            #expect(lines.first?.contains(#""token":"wait""#) == true)
            #expect(lines.count { $0.contains(#""token":"hit""#) } == count - 1 + 500)
            #expect(lines.count == count + 500)
        }

        @Test func `a failing early refresh fails no request`() throws {
            let sandbox = try Sandbox()
            try sandbox.control(
                "script",
                #"{"personality": "half-minute"}"#,
                as: Sandbox.Anything.self
            )
            // In its buffer after 3 s: every request would refresh.
            let settings = sandbox.configuration(
                "grant client_credentials;",
                more: "refresh_share 100%;"
            )
            let proxy = try Attache(settings)
            #expect(try proxy.fetch("/api/x").status == 200)
            let failing = #"{"status": 500, "times": 1000}"#
            try sandbox.control("script", failing, as: Sandbox.Anything.self)
            while try sandbox.tokenCalls() == 1 {
                #expect(try burst(proxy, 100) == "200 100")
            }
            #expect(try burst(proxy, 500) == "200 500")
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
