import Support
import Testing

extension EndToEnd {
    /// The command line itself.
    @Suite struct CommandTests {
        private func run(_ arguments: String..., in folder: String? = nil) throws -> ChildProcess {
            let child = try ChildProcess(Program.attache(), arguments, workingFolder: folder)
            try child.wait(seconds: 60)
            return child
        }

        @Test func `the demo sends a request through and leaves nothing behind`() throws {
            let folder = try TemporaryFolder()
            let port = try FreePort.next()
            let demo = try run("demo", "--once", "--listen", "127.0.0.1:\(port)", in: folder.path)
            #expect(try demo.wait() == .code(0), "\(demo.transcript)")
            #expect(demo.standardOutput.contains("Authorization: Bearer"))
            #expect(demo.standardOutput.contains("curl"))
            #expect(Files.names(in: folder.path) == [])
        }

        @Test func `check says yes to a good file and names each error of a bad one`() throws {
            let folder = try TemporaryFolder()
            let good = """
                listen 127.0.0.1:8080;
                connection c { grant none; api_client { base_uri https://api.example.com; } }
                route /c/ { connection c; }
                """
            try folder.write("good.conf", good)
            try folder.write(
                "bad.conf",
                good + "\nlissten 127.0.0.1:1;\nroute /d/ { connection e; }\n"
            )
            let yes = try run("check", "-c", "good.conf", in: folder.path)
            #expect(try yes.wait() == .code(0), "\(yes.transcript)")
            let no = try run("check", "-c", "bad.conf", in: folder.path)
            #expect(try no.wait() == .code(78))
            #expect(no.transcript.contains("bad.conf:4:1: error: "))
            #expect(no.transcript.contains("listen"), "no suggestion")
            #expect(no.transcript.contains("bad.conf:5:"), "not all errors at once")
            let serve = try run("serve", "-c", "bad.conf", in: folder.path)
            #expect(try serve.wait() == .code(78))
        }

        @Test func `explain says where a request would go, or why not`() throws {
            let folder = try TemporaryFolder()
            let file = """
                listen 127.0.0.1:8080;
                connection c { grant none; api_client { base_uri https://api.example.com/v2; } }
                route /c/ { connection c; tenant header X-Tenant required; }
                """
            try folder.write("proxy.conf", file)
            let yes = try run(
                "explain",
                "GET",
                "http://localhost:8080/c/users",
                "-H",
                "X-Tenant: acme",
                in: folder.path
            )
            #expect(try yes.wait() == .code(0), "\(yes.transcript)")
            #expect(yes.standardOutput.contains("https://api.example.com/v2/users"))
            #expect(yes.standardOutput.contains("acme"))
            let no = try run("explain", "GET", "/c/users", in: folder.path)
            #expect(try no.wait() == .code(1))
            #expect(no.standardOutput.contains("400 tenant_required"))
            #expect(try run("explain", "GET", in: folder.path).wait() == .code(2))
        }

        @Test func `providers lists names, and prints a connection that check accepts`() throws {
            let names = try run("providers")
            #expect(try names.wait() == .code(0))
            let lines = names.standardOutput.split(separator: "\n").map(String.init)
            #expect(lines.contains("google") && lines == lines.sorted())
            let sample = try run("providers", "paypal").standardOutput
            #expect(sample.contains("${env:PAYPAL_CLIENT_SECRET}"))
            let folder = try TemporaryFolder()
            let variables = "${env:PAYPAL_CLIENT_"
            let text = sample.replacing("\(variables)ID}", with: "id")
                .replacing("\(variables)SECRET}", with: "${file:secret}")
            try folder.write("secret", "s3cret")
            try folder.write("proxy.conf", "listen 127.0.0.1:8080;\n" + text)
            let check = try run("check", in: folder.path)
            #expect(try check.wait() == .code(0), "\(check.transcript)")
            let unknown = try run("providers", "gogle")
            #expect(try unknown.wait() == .code(1))
            #expect(unknown.standardError.contains("did you mean 'google'?"))
        }

        @Test func `a port that is taken is a runtime failure`() throws {
            let folder = try TemporaryFolder()
            let sandbox = try Sandbox()
            let file = try folder.write(
                "proxy.conf",
                "listen 127.0.0.1:\(sandbox.port);\n" + sandbox.configuration("grant none;")
            )
            let child = try run("serve", "-c", file, in: folder.path)
            #expect(try child.wait() == .code(1), "\(child.transcript)")
            #expect(child.standardError.contains("\(sandbox.port)"))
        }

        @Test func `unknown words are refused`() throws {
            #expect(try run("sreve").wait() == .code(2))
            #expect(try run("serve", "--sideways").wait() == .code(2))
            let version = try run("version")
            #expect(try version.wait() == .code(0))
            #expect(!version.standardOutput.isEmpty)
            #expect(try run("help").wait() == .code(0))
        }
    }
}
