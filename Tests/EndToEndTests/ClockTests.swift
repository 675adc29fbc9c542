import FoundationEssentials
import Support
import Testing

extension EndToEnd {
    /// A wall clock that is wrong, or is set while the proxy runs.
    @Suite(.requires(.faketime)) struct ClockTests {
        /// A proxy whose wall clock is off by what `clock` says.
        private func start(_ configuration: String, clock: String) throws -> Attache {
            let folder = try TemporaryFolder()
            try folder.write("clock", clock)
            return try Attache(
                configuration,
                in: folder,
                environment: [
                    // Debian has it in the folder of the machine's architecture.
                    "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1",
                    "FAKETIME_TIMESTAMP_FILE": folder.file("clock"),
                    "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                ]
            )
        }

        /// When each request was logged, in order.
        private func times(_ proxy: Attache) throws -> [String] {
            let log = Files.read(proxy.folder.file("access.log")) ?? ""
            return try log.split(separator: "\n").map { line in
                struct Line: Decodable { var time: String }
                return try JSONDecoder().decode(Line.self, from: Data(line.utf8)).time
            }
        }

        @Test func `steps of the clock while running change nothing`() throws {
            let sandbox = try Sandbox("rotating")
            let grant = try sandbox.grant()
            let settings = sandbox.configuration(
                "grant refresh_token; refresh_token \(grant.refresh_token);"
            )
            let proxy = try start(settings, clock: "+0")
            #expect(try proxy.fetch("/api/x").status == 200)
            for step in ["+300", "-300", "-7200", "+7200", "+86400", "+0"] {
                try proxy.folder.write("clock", step)
                #expect(try proxy.fetch("/api/x").status == 200)
                #expect(try proxy.state(of: "sandbox").generation == 1)
            }
            #expect(try sandbox.tokenCalls() == 1)
            try Wait.until("the access log") { try times(proxy).count == 7 }
            let seen = try times(proxy)
            // Two hours back, now, two hours on and tomorrow, or the clock was not set.
            #expect(Set(seen.map { $0.prefix(13) }).count >= 4, "\(seen)")
        }

        @Test(arguments: ["+300", "-300"], ["plain", "epoch-expiry", "five-minutes"])
        func `a clock that is wrong by five minutes costs no request and no call more`(
            clock: String,
            personality: String
        ) throws {
            let sandbox = try Sandbox(personality)
            let settings = sandbox.configuration("grant client_credentials;")
            let proxy = try start(settings, clock: clock)
            for _ in 0..<3 { #expect(try proxy.fetch("/api/x").status == 200) }
            #expect(try sandbox.tokenCalls() == 1)
        }
    }
}
