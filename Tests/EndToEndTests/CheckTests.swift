import Support
import Testing

extension EndToEnd {
    /// What `check` finds outside of the configuration, and `serve` refuses to start with.
    @Suite struct CheckTests {
        private static let connection = """
            connection c { grant none; api_client { base_uri https://api.example.com; } }
            """

        /// What both commands say of a file; both must refuse it with 78.
        private func refusal(
            _ text: String,
            in folder: TemporaryFolder,
            environment: [String: String] = [:]
        ) throws -> [String] {
            try folder.write("proxy.conf", text)
            var said: [String] = []
            for command in ["check", "serve"] {
                let child = try ChildProcess(
                    Program.attache(),
                    [command, "-c", "proxy.conf"],
                    environment: environment,
                    workingFolder: folder.path
                )
                #expect(try child.wait(seconds: 60) == .code(78), "\(command): \(child.transcript)")
                let lines = child.transcript.split(separator: "\n").map(String.init)
                    .filter { $0.contains(": error: ") }
                #expect(said.isEmpty || said == lines)
                said = lines
            }
            return said
        }

        @Test func `all files that cannot be read are named, each at its place`() throws {
            let folder = try TemporaryFolder()
            let said = try refusal(
                """
                access_log /nonexistent/x.log;
                listener a { bind 127.0.0.1:0;
                tls { certificate a.pem; key a.key; }
                tls { certificate b.pem; key b.key; server_name b; }
                }
                connection c { grant jwt_bearer; token_uri https://idp.example.com/token;
                client_id c; client_auth private_key_jwt key=d.key alg=RS256;
                assertion key=e.key alg=ES256;
                api_client { base_uri https://api.example.com; tls ca=/nope; }
                }
                """,
                in: folder
            )
            let wanted = [
                "1:12: error: cannot open '/nonexistent/x.log'", "3:19: error: 'certificate'",
                "3:30: error: 'key'", "4:19: error: 'certificate'", "4:30: error: 'key'",
                "7:42: error: 'key='", "8:11: error: 'key='", "9:52: error: 'ca='",
            ]
            #expect(said.count == wanted.count, "\(said)")
            for text in wanted {
                #expect(said.contains { $0.hasPrefix("proxy.conf:\(text)") }, "\(text): \(said)")
            }
            #expect(said.dropFirst().allSatisfy { $0.contains("there is no such file") })
        }

        @Test func `a key that does not fit its certificate is an error, at each place`() throws {
            let certificates = try Certificates()
            let folder = try TemporaryFolder()
            let (good, other) = (certificates.certificate(.good), certificates.key(.expired))
            try folder.write("rsa.pem", TestKeys.rsa)
            let said = try refusal(
                """
                listener a { bind 127.0.0.1:0;
                tls { certificate \(good); key \(other); }
                tls { certificate \(good); key \(other); server_name b; }
                }
                connection c { grant client_credentials; token_uri https://idp.example.com/token;
                client_id c; client_auth tls certificate=\(good) key=\(other);
                api_client { base_uri https://api.example.com; }
                }
                connection d { grant client_credentials; token_uri https://idp.example.com/token;
                client_id c; client_auth private_key_jwt key=rsa.pem alg=ES256;
                api_client { base_uri https://api.example.com;
                    tls certificate=\(good) key=\(other); }
                }
                """,
                in: folder
            )
            let places = said.map { String($0.prefix { $0 != " " }) }
            #expect(
                places == [
                    "proxy.conf:2:1:", "proxy.conf:3:1:", "proxy.conf:6:14:", "proxy.conf:10:14:",
                    "proxy.conf:12:5:",
                ],
                "\(said)"
            )
            #expect(said[3].contains("ES256 needs an EC key"))
        }

        @Test func `what a reference stands for is never printed`() throws {
            let folder = try TemporaryFolder()
            let secret = "SUPERSECRETKEYMATERIAL"
            let said = try refusal(
                """
                log ${env:K};
                vault file { path ${env:K}/x/y; }
                listener a { bind 127.0.0.1:0; tls { certificate ${env:K}; key ${env:K}; } }
                connection c { grant jwt_bearer; token_uri https://idp.example.com/token;
                client_id c; client_auth tls certificate=${env:K} key=${env:K};
                assertion key=${env:K} alg=RS256;
                api_client { base_uri https://api.example.com; tls ca=${env:K}; }
                }
                """.replacing("log ${env:K}", with: "log ${env:K}/x.log"),
                in: folder,
                environment: ["K": secret]
            )
            #expect(said.count == 8, "\(said)")
            #expect(said.allSatisfy { !$0.contains(secret) && $0.contains("${env:K}") }, "\(said)")
        }

        @Test func `a vault's key is checked before there is a vault`() throws {
            let folder = try TemporaryFolder()
            let text = "listen 127.0.0.1:0;\nvault file { key ${env:K}; }\n\(Self.connection)\n"
            let said = try refusal(text, in: folder, environment: ["K": "abc"])
            #expect(said.count == 1)
            #expect(said.first?.hasPrefix("proxy.conf:2:14: error: vault ") == true, "\(said)")
            #expect(Files.names(in: folder.path) == ["proxy.conf"])
        }

        @Test func `a file that includes itself on another way is told so at once`() throws {
            let folder = try TemporaryFolder()
            try Files.makeFolder("\(folder.path)/c")
            try folder.write("c/z.conf", "include ../proxy.conf;\n")
            let said = try refusal("include c/*.conf;\n\(Self.connection)\n", in: folder)
            #expect(said.count == 1)
            #expect(said.first?.contains("includes itself") == true, "\(said)")
        }
    }
}
