import Support
import Testing

extension EndToEnd {
    /// nginx behind TLS with certificates of a private authority.
    @Suite(.requires(.nginx, .openssl)) struct TLSUpstreamTests {
        @Test func `reaches an API whose authority the configuration names`() throws {
            let nginx = try SecureUpstream()
            let proxy = try Attache(nginx.configuration)
            for _ in 1...3 {
                let response = try proxy.fetch("/good/guarded?x=1&y=%20")
                #expect(response.status == 200, "\(response.text)")
                #expect(response.text.contains(#""host":"localhost""#))
                #expect(response.text.contains(#""target":"/v2/guarded?x=1&y=%20""#))
            }
            #expect(try proxy.fetch("/good/elsewhere").status == 404)
            // nginx writes its line after the answer has left.
            try Wait.until("nginx to log each request") { nginx.log.count == 4 }
        }

        @Test(arguments: Certificates.Kind.allCases.filter { $0 != .good })
        func `sends nothing to a server that is not who it should be`(
            _ kind: Certificates.Kind
        ) throws {
            let nginx = try SecureUpstream()
            let proxy = try Attache(nginx.configuration)
            let response = try proxy.fetch("/\(kind)/guarded", method: "POST", body: "secret")
            #expect(response.status == 502)
            #expect(response.text.contains(#""code":"upstream_tls""#), "\(response.text)")
            #expect(response["Proxy-Status"]?.hasPrefix("attache; error=") == true)
            // The good server, asked afterwards, shows that nginx would have logged a request.
            #expect(try proxy.fetch("/good/guarded").status == 200)
            try Wait.until("nginx to log it") { !nginx.log.isEmpty }
            #expect(nginx.log == ["\(nginx.port(.good)) GET /v2/guarded HTTP/1.1 200"])
        }

        @Test func `says that a server wants a certificate`() throws {
            let certificates = try Certificates()
            let port = try FreePort.next()
            let program = try Requirement.openssl.installed()
            let server = try ChildProcess(
                program,
                [
                    "s_server", "-accept", "127.0.0.1:\(port)", "-Verify", "1", "-tls1_3", "-www",
                    "-cert", certificates.certificate(.good), "-key", certificates.key(.good),
                    "-CAfile", certificates.authority,
                ]
            )
            try Wait.until(server, listensOn: port)
            let proxy = try Attache(
                """
                connection c { grant none; api_client { base_uri https://localhost:\(port);
                    tls ca=\(certificates.authority); } }
                route /c/ { connection c; }
                """
            )
            for method in ["GET", "POST"] {
                let response = try proxy.fetch("/c/x", method: method)
                #expect(response.status == 502)
                #expect(response.text.contains(#""code":"upstream_tls""#), "\(response.text)")
                #expect(response.text.contains("certificate required"), "\(response.text)")
            }
        }

        @Test func `refuses a private authority that nobody named`() throws {
            let nginx = try SecureUpstream()
            let base = "https://localhost:\(nginx.port(.good))"
            let proxy = try Attache(
                """
                connection c { grant none; api_client { base_uri \(base); } }
                route /c/ { connection c; }
                """
            )
            let response = try proxy.fetch("/c/guarded")
            #expect(response.status == 502)
            #expect(response.text.contains(#""code":"upstream_tls""#), "\(response.text)")
            #expect(nginx.log == [])
        }
    }
}
