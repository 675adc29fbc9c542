import Support
import Testing

extension EndToEnd {
    /// `attache connections` beside a running proxy.
    @Suite struct ConnectionsCommandTests {
        @Test func `people see and change connections from the command line`() throws {
            let sandbox = try Sandbox()
            let grant = try sandbox.grant()
            let proxy = try Attache(sandbox.configuration("grant refresh_token;"))

            let list = try proxy.connections("list")
            #expect(try list.wait() == .code(0), "\(list.transcript)")
            #expect(list.standardOutput.hasPrefix("NAME "))
            #expect(list.standardOutput.contains("never_connected"))

            let token = grant.refresh_token + "\n"
            let imported = try proxy.connections("import", "sandbox", input: token)
            #expect(try imported.wait() == .code(0), "\(imported.transcript)")
            #expect(!imported.transcript.contains(grant.refresh_token))
            #expect(try proxy.state(of: "sandbox").state == "connected")

            let shown = try proxy.connections("show", "sandbox", "--json")
            #expect(shown.standardOutput.hasPrefix(#"{"name":"sandbox""#))
            #expect(try proxy.connections("show", "sandbox").standardOutput.contains("connected\n"))
            for action in ["refresh", "test"] {
                let done = try proxy.connections(action, "sandbox")
                #expect(try done.wait() == .code(0), "\(done.transcript)")
            }
            let revoked = try proxy.connections("revoke", "sandbox")
            #expect(revoked.standardOutput.contains("revoked"))
            #expect(try proxy.fetch("/api/x").status == 424)
            let deleted = try proxy.connections("delete", "sandbox")
            #expect(deleted.standardOutput == "deleted sandbox\n")
        }

        @Test func `each tenant of its own, listed by state`() throws {
            let sandbox = try Sandbox()
            let proxy = try Attache(sandbox.configuration("grant refresh_token;"))
            let file = try proxy.folder.write("token", try sandbox.grant().refresh_token)
            let child = try proxy.connections(
                "import",
                "sandbox",
                "--tenant",
                "a b",
                "--file",
                file,
                "--parameter",
                "shop=s 1"
            )
            #expect(try child.wait() == .code(0), "\(child.transcript)")
            let list = try proxy.connections("list", "--state", "connected").standardOutput
            #expect(list.contains("a b") && !list.contains("never_connected"))
            let shown = try proxy.connections("show", "sandbox", "--tenant", "a b").standardOutput
            #expect(shown.contains("shop=s 1"))
        }

        @Test func `what goes wrong is said`() throws {
            let sandbox = try Sandbox()
            let proxy = try Attache(
                sandbox.configuration(
                    """
                    grant authorization_code;
                    authorize_uri http://127.0.0.1:\(sandbox.port)/authorize;
                    """
                ),
                listener: "connect_pages on;"
            )
            let link = try proxy.connections("connect", "sandbox")
            #expect(link.standardOutput.hasPrefix(proxy.url("/connect/sandbox?ticket=")))
            let nobody = try proxy.connections("show", "nobody")
            #expect(try nobody.wait() == .code(1))
            #expect(nobody.standardError.contains("no connection nobody"))
            let refused = try proxy.connections("import", "sandbox", input: "unknown")
            #expect(try refused.wait() == .code(1))
            #expect(refused.standardError.contains("invalid_grant"))
            for arguments in [["eat", "x"], ["show", "--json"], ["list", "--file", "x"]] {
                let child = try proxy.connections(arguments)
                #expect(try child.wait() == .code(2), "\(child.transcript)")
            }
            proxy.process.kill()
            let gone = try proxy.connections("list")
            #expect(try gone.wait() == .code(1))
        }

        @Test func `a proxy is found without its configuration`() throws {
            let proxy = try Attache("route /c/ { connection *; }")
            let url = "http://127.0.0.1:\(proxy.adminPort)"
            let list = ["connections", "list", "--admin", url]
            let empty = try TemporaryFolder()
            let program = try Program.attache()
            let token = ["ATTACHE_ADMIN_TOKEN": Attache.adminToken]
            let found = try ChildProcess(
                program,
                list,
                environment: token,
                workingFolder: empty.path
            )
            #expect(try found.wait() == .code(0), "\(found.transcript)")
            let file = try empty.write("token", Attache.adminToken + "\n")
            let filed = try ChildProcess(
                program,
                list + ["--token-file", file],
                workingFolder: empty.path
            )
            #expect(try filed.wait() == .code(0), "\(filed.transcript)")
            let wrong = try ChildProcess(
                program,
                list,
                environment: ["ATTACHE_ADMIN_TOKEN": "wrong"],
                workingFolder: empty.path
            )
            #expect(try wrong.wait() == .code(1))
            #expect(wrong.standardError.contains("admin token"))
        }
    }
}
