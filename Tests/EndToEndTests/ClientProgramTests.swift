import Support
import Testing

extension EndToEnd {
    /// Programs that people use, through the proxy, with nothing changed but their base URL.
    @Suite(.requires(.python3)) struct ClientProgramTests {
        @Test(.requires(.pythonClients), arguments: ["requests", "httpx", "openai"])
        func `a Python client works through it`(_ client: String) throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let output = try ChildProcess.run(
                Requirement.pythonClients.installed(),
                [Fixture.path("clients/\(client)_client.py"), proxy.url("/up")]
            )
            #expect(output == "ok\n")
            let heads = try upstream.heads()
            #expect(!heads.isEmpty)
            #expect(!heads.contains { $0.lowercased().contains("\r\nauthorization:") })
        }

        @Test(.requires(.curl)) func `curl downloads`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let text = try curl(["-u", "me:mine", proxy.url("/up/echo?a=b%2Fc")])
            #expect(text.contains("\"target\": \"/echo?a=b%2Fc\""))
            #expect(!text.lowercased().contains("basic "))
            let size = try curl([
                "-o", "/dev/null", "-w", "%{size_download} %{http_code}",
                proxy.url("/up/big?bytes=5000000&chunked=1"),
            ])
            #expect(size == "5000000 200")
            let head = try curl(["-I", proxy.url("/up/echo")])
            #expect(head.hasPrefix("HTTP/1.1 200"))
        }

        @Test(.requires(.curl)) func `curl uploads, also with Expect`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let folder = try TemporaryFolder()
            let file = try folder.write("upload", String(repeating: "x", count: 2_000_000))
            let expected = "{\"bytes\": 2000000}"
            #expect(try curl(["-T", file, proxy.url("/up/count")]) == expected)
            #expect(try curl(["--data-binary", "@\(file)", proxy.url("/up/count")]) == expected)
            let chunked = ["-H", "Transfer-Encoding: chunked", "-T", file]
            #expect(try curl(chunked + [proxy.url("/up/count")]) == expected)
            let form = try curl(["-F", "f=@\(file);filename=name.txt", proxy.url("/up/echo")])
            #expect(form.contains("name.txt"))
        }

        @Test(.requires(.curl)) func `curl that would like HTTP 2 gets HTTP 1`() throws {
            let upstream = try Upstream()
            let proxy = try Attache(upstream.configuration())
            let text = try curl(["--http2", "-w", "%{http_version}", proxy.url("/up/echo")])
            #expect(text.hasSuffix("}1.1"))
            let heads = try upstream.heads().joined().lowercased()
            #expect(!heads.contains("upgrade"))
            #expect(!heads.contains("http2-settings"))
        }

        private func curl(_ arguments: [String]) throws -> String {
            let program = try Requirement.curl.installed()
            // No settings of the user, no proxy of the environment.
            return try ChildProcess.run(
                program,
                ["-q", "-sS", "--noproxy", "*", "-m", "30"] + arguments
            )
        }
    }
}
