import Glibc
import Support
import Testing

extension EndToEnd {
    /// A crash with known secrets in memory, of which nothing may be left anywhere.
    @Suite struct CrashTests {
        @Test(arguments: [SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE])
        func `a crash leaves no secret behind`(signal: Int32) throws {
            Self.allowCores()
            let sandbox = try Sandbox("rotating")
            let first = try sandbox.grant().refresh_token
            let imported = "canary-access-token-5d1f7c"
            let proxy = try Attache(
                """
                log attache.log debug;
                connection held {
                    grant authorization_code;
                    authorize_uri http://127.0.0.1:\(sandbox.port)/authorize;
                    token_uri http://127.0.0.1:\(sandbox.port)/token;
                    client_id demo;
                    client_secret demo-secret;
                    api_client { base_uri http://127.0.0.1:\(sandbox.port)/api; }
                }
                route /held/ { connection held; on_401 pass; }
                \(sandbox.configuration("grant refresh_token; refresh_token ${env:CANARY};"))
                """,
                environment: ["CANARY": first, "SWIFT_BACKTRACE": "enable=yes,color=no"]
            )
            let body = #"{"access_token":"\#(imported)"}"#
            let put = try proxy.admin("PUT", "/connections/held/credentials", body)
            #expect(put.status == 200, "\(put.text)")
            // Both tokens are in a vault, in a machine, in a slot and in an event loop's buffers.
            #expect(try proxy.fetch("/held/x").status == 401)
            #expect(try proxy.fetch("/api/x").status == 200)
            let limits = Files.read("/proc/\(proxy.process.id)/limits") ?? ""
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            #expect(line?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
            let printed = proxy.process.standardError
            proxy.process.send(signal)
            #expect(try proxy.process.wait() == .signal(signal))
            // Nobody explains a crash by what was in memory: not a word more is printed.
            #expect(proxy.process.standardError == printed)
            #expect(!printed.contains(first) && !printed.contains(imported))
            let names = Files.names(in: proxy.folder.path)
            #expect(names.contains("attache.log") && !names.contains { $0.hasPrefix("core") })
            for path in Self.files(in: proxy.folder.path) {
                let bytes = Files.bytes(path) ?? []
                for canary in [first, imported] {
                    #expect(!bytes.contains(canary.utf8), "\(path)")
                }
            }
        }

        /// Lets what this process starts leave cores, as far as the system does.
        private static func allowCores() {
            let kind = __rlimit_resource_t(RLIMIT_CORE.rawValue)
            var limit = rlimit()
            unsafe getrlimit(kind, &limit)
            limit.rlim_cur = limit.rlim_max
            unsafe setrlimit(kind, &limit)
        }

        /// All files in a folder, and in the folders in it.
        private static func files(in folder: String) -> [String] {
            Files.names(in: folder).flatMap { name in
                let inner = files(in: "\(folder)/\(name)")
                return inner.isEmpty ? ["\(folder)/\(name)"] : inner
            }
        }
    }
}
