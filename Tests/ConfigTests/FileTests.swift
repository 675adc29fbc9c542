import Config
import Crypto
import Testing

/// References, inclusions, and the places of errors in several files.
@Suite struct FileTests {
    static let listen = "listen 127.0.0.1:8080;\n"

    @Test func `reads references in words and quotes`() throws {
        let text = Fixture.connection(
            """
            field a ${env:API_KEY}; field b "x ${env:API_KEY} y"; field c p${file:secret}s;
            field d ${file:/etc/attache/secret}; field e $$${env:API_KEY}$$; field f ${cred:vault_key};
            label "{{x}} ${env:BRACES} $";
            """
        )
        let connection = try Fixture.load(text).connections[0]
        let values = connection.fields.map { $0.value.reveal() }
        #expect(values == ["key", "x key y", "pfrom a files", "from a file", "$key$", "key"])
        #expect(connection.label == "{{x}} {{access_token}} $")
    }

    @Test func `cuts one line end off a file, and no more`() throws {
        func value(_ content: String) throws -> String {
            let text = Fixture.connection("field a ${file:x};")
            let configuration = try Fixture.load(text, files: ["/etc/attache/x": content])
            return configuration.connections[0].fields[0].value.reveal()
        }
        #expect(try value("a") == "a")
        #expect(try value("a\n") == "a")
        #expect(try value("a\r\n") == "a")
        #expect(try value(" a \n\n") == " a \n")
        #expect(throws: ConfigErrors.self) { try value("\n") }
        #expect(throws: ConfigErrors.self) { try value("") }
        #expect(throws: ConfigErrors.self) { try value("a\u{0}") }
    }

    @Test func `refuses a secret that others may write, and warns where they may read`() {
        let text = Fixture.connection("field a ${file:secret};")
        func findings(_ mode: UInt32) -> [String] {
            Fixture.findings(text, modes: ["/etc/attache/secret": mode])
        }
        #expect(findings(0o600) == [])
        #expect(findings(0o640) == [])
        #expect(
            findings(0o644) == [
                "3:21: warning: '${file:secret}': others may read the file; chmod o-r '/etc/attache/secret'"
            ]
        )
        #expect(
            findings(0o602) == [
                "3:21: error: '${file:secret}': others may write the file; chmod o-w '/etc/attache/secret'"
            ]
        )
        #expect(findings(0o666).count == 1)
    }

    @Test func `includes files in order, with paths of their own`() throws {
        let files = [
            "/etc/attache/conf.d/b.conf":
                "connection b { grant none; api_client { base_uri https://b.example.com; tls ca=b.pem; } }",
            "/etc/attache/conf.d/a.conf":
                "connection a { grant none; api_client { base_uri https://a.example.com; } }\ninclude more/x.inc;",
            "/etc/attache/conf.d/more/x.inc": "route /a/ { connection a; }",
            "/etc/attache/conf.d/.hidden.conf": "nonsense",
            "/etc/attache/conf.d/other.txt": "nonsense",
        ]
        let configuration = try Fixture.load("\(Self.listen)include conf.d/*.conf;", files: files)
        #expect(configuration.connections.map(\.name) == ["a", "b"])
        #expect(configuration.routes.count == 1)
        #expect(configuration.connections[1].api.tls.ca == "/etc/attache/conf.d/b.pem")
        #expect(Fixture.findings("\(Self.listen)include none/*.conf;") == [])
    }

    @Test func `says what is wrong in an included file`() {
        let files = [
            "/etc/attache/a.conf": "treads 1;\ninclude b.conf;",
            "/etc/attache/b.conf": "\n include proxy.conf;\n threads x;",
        ]
        #expect(
            Fixture.findings(
                "\(Self.listen)include a.conf; include c.conf; include; bogus;",
                files: files
            ) == [
                "2:25: error: 'c.conf': there is no such file",
                "2:33: error: 'include' wants one path or pattern",
                "2:42: error: unknown directive 'bogus' in the top level",
                "a.conf:1:1: error: unknown directive 'treads'; did you mean 'threads'?",
                "b.conf:2:10: error: 'proxy.conf' includes itself",
                "b.conf:3:10: error: 'threads': 'x' is not a number",
            ]
        )
    }

    @Test func `stops at endless inclusions`() {
        var files: [String: String] = [:]
        for number in 0..<40 {
            files["/etc/attache/\(number).conf"] = "include \(number + 1).conf;"
        }
        let findings = Fixture.findings("\(Self.listen)include 0.conf;", files: files)
        #expect(findings == ["14.conf:1:1: error: inclusions are nested too deep"])
    }

    @Test func `says that there is no file`() {
        let source = ConfigSource.memory([:])
        #expect(
            throws: ConfigErrors([
                Diagnostic(
                    .error,
                    at: SourcePosition(file: "x/y.conf"),
                    "'x/y.conf': there is no such file"
                )
            ]).self
        ) {
            try Configuration.load(path: "x/y.conf", source: source)
        }
    }

    @Test func `counts columns in characters`() {
        #expect(
            Fixture.findings("\u{FEFF}listen 127.0.0.1:1;\n\t\"é\" ; label é x;") == [
                "2:2: error: a directive's name must be written plainly",
                "2:8: error: 'label' does not belong in the top level; it belongs in a connection",
            ]
        )
    }

    @Test func `refuses bytes that are not UTF-8`() {
        let source = ConfigSource(
            workingDirectory: "/",
            read: { _, _, _ in .success(.init(bytes: Array("listen\n é ".utf8) + [0xC3, 0x28])) },
            matches: { _ in [] },
            environment: { _ in nil }
        )
        do throws(ConfigErrors) {
            _ = try Configuration.load(path: "p", source: source)
            Issue.record("it was taken")
        } catch {
            #expect(
                error.diagnostics.first?.description == "p:2:4: error: the file is not UTF-8 here"
            )
        }
    }

    @Test func `stops at blocks that are nested too deep`() {
        let text = String(repeating: "a { ", count: 5000)
        #expect(Fixture.findings(text).contains { $0.contains("nested too deep") })
    }

    @Test func `reads real files`() throws {
        let source = ConfigSource.system()
        #expect(source.workingDirectory.hasPrefix("/"))
        #expect(source.environment("PATH") != nil)
        #expect(source.environment("ATTACHE_NO_SUCH_VARIABLE") == nil)
        let folder = CorpusTests.folder
        let file = try source.read("\(folder)/FileTests.swift", .secret, 1 << 20).get()
        #expect(file.bytes.starts(with: "import Config".utf8))
        #expect(throws: ConfigSource.Failure.notAFile) {
            try source.read(folder, .configuration, 1).get()
        }
        #expect(throws: ConfigSource.Failure.notFound) {
            try source.read("\(folder)/none", .secret, 1).get()
        }
        #expect(throws: ConfigSource.Failure.notAFile) {
            try source.read("/dev/zero", .secret, 1).get()
        }
        #expect(throws: ConfigSource.Failure.tooLarge(limit: 5)) {
            try source.read("\(folder)/FileTests.swift", .secret, 5).get()
        }
    }

    @Test func `never shows a secret`() {
        let words = [
            "connection S/ { }", "S { x; }", "S x;",
            "route S { }",
            "threads S;", "shutdown S=1 delay=S S;", "listen S;", "log S S S;",
            "tokens { refresh_before S; S; }",
            "connection a { grant S; client_auth S; }",
            "connection b { client_secret hunter2 hunter2; }",
            "connection c { label S x=S; label \"S\"; scopes; token_uri S; token_uri https://S@h; }",
            "connection d { api_client { base_uri S; base_uri https://S.S/?S; } }",
            "connection e { api_client { header S: x; header a S{{x; } }",
            "connection f { api_client { header a {{S}}; header a {{x | S}}; tls S=1 ca2=S; } }",
            "connection g { client_secret hunter2; field S S; field S S; password hunter2 }",
            "route /a/ { connection S; listeners S; limits S=S body=S; header S S; tenant S; }",
            "vault S { }", "vault file { key hunter2 hunter2; }",
            "admin { bind S; hosts S; token hunter2; }",
        ]
        let text = words.joined(separator: "\n")
            .replacing("S", with: "${env:CRM_SECRET}")
        let all = Fixture.findings(text).joined(separator: "\n")
        #expect(!all.contains("s3cret"))
        #expect(!all.contains("hunter2"))
        #expect(all.contains("${env:CRM_SECRET}"))
    }
}
