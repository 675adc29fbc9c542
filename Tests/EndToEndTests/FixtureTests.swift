import Support
import Testing

extension EndToEnd {
    /// The servers and tools that the other tests stand on, without the proxy.
    @Suite struct FixtureTests {
        @Test func `a child's output, end and memory are seen`() throws {
            let folder = try TemporaryFolder()
            let script = "echo $GREETING; pwd; echo oh >&2; exit 3"
            let child = try ChildProcess(
                "sh",
                ["-c", script],
                environment: ["GREETING": "hello"],
                workingFolder: folder.path
            )
            #expect(try child.wait() == .code(3))
            #expect(child.standardOutput == "hello\n\(folder.path)\n")
            #expect(child.standardError == "oh\n")
            #expect(throws: TestFailure.self) { try ChildProcess("no-such-program") }

            let sleeper = try ChildProcess("sleep", ["1000"])
            #expect(sleeper.isRunning)
            #expect(try sleeper.memory("VmHWM") > 0)
            sleeper.kill()
            #expect(try sleeper.wait() == .signal(9))
        }

        @Test func `a folder goes with all that is in it`() throws {
            let path: String
            do {
                let folder = try TemporaryFolder()
                path = folder.path
                try ChildProcess.run("mkdir", ["-p", folder.file("a/b")])
                try folder.write("a/b/c", "text")
                #expect(folder.read("a/b/c") == "text")
                #expect(Files.exists(path))
            }
            #expect(!Files.exists(path))
        }

        @Test(.requires(.python3)) func `the upstream echoes, counts and streams`() throws {
            let upstream = try Upstream()
            let response = try HTTPProbe.fetch("/echo?a", port: upstream.port, body: "text")
            let echo = try Echo(response)
            #expect(echo.target == "/echo?a" && echo.body == "text")
            let probe = try HTTPProbe(port: upstream.port)
            try probe.send("GET /big?bytes=600000&chunked=1 HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try probe.readHead()["Transfer-Encoding"] == "chunked")
            #expect(try probe.countBody() == 600_000)
            try probe.send("POST /count HTTP/1.1\r\nExpect: 100-continue\r\n")
            try probe.send("Content-Length: 300000\r\n\r\n")
            #expect(try probe.readInterim() == 100)
            try probe.sendZeros(300_000)
            #expect(try probe.readResponse().text == "{\"bytes\": 300000}")
            try probe.send("GET /events HTTP/1.1\r\nConnection: close\r\n\r\n")
            _ = try probe.readHead()
            #expect(try upstream.number("event", "one") == 1)
            #expect(try probe.nextPart() == Array("data: one\n\n".utf8))
            _ = try upstream.ask("end-events", "")
            #expect(try probe.nextPart() == nil)
            #expect(try probe.isAtEnd())
            #expect(try upstream.heads().count == 4)
            #expect(try upstream.number("sent") == 600_000)
        }

        @Test(.requires(.nginx, .openssl, .curl))
        func `each certificate is bad for its own reason`() throws {
            let nginx = try SecureUpstream()
            let reasons: [Certificates.Kind: String] = [
                .wrongName: "subject name", .expired: "expired", .selfSigned: "self-signed",
                .strangeAuthority: "local issuer",
            ]
            for kind in Certificates.Kind.allCases {
                let curl = try ChildProcess(
                    Requirement.curl.installed(),
                    [
                        "-q", "-sS", "--noproxy", "*", "--cacert", nginx.certificates.authority,
                        "-H", "Authorization: Bearer not-for-strangers",
                        "https://localhost:\(nginx.port(kind))/v2/guarded",
                    ]
                )
                let exit = try curl.wait()
                #expect((exit == .code(0)) == (kind == .good), "\(curl.transcript)")
                if let reason = reasons[kind] {
                    #expect(curl.standardError.contains(reason), "\(curl.transcript)")
                }
            }
            try Wait.until("nginx to log it") { !nginx.log.isEmpty }
            #expect(nginx.log == ["\(nginx.port(.good)) GET /v2/guarded HTTP/1.1 200"])
        }

        @Test(.requires(.glewlwyd, .python3))
        func `Glewlwyd gives a first refresh token`() throws {
            let glewlwyd = try Glewlwyd()
            #expect(glewlwyd.refreshToken.count > 20)
            #expect(try glewlwyd.isActive("nonsense") == false)
        }
    }
}
