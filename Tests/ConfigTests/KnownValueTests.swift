import Testing

/// What is known at the start of values that would fail with each request, and how it is told.
@Suite struct KnownValueTests {
    @Test(arguments: ["header X-A {{k}}", "default_header X-A {{k}}", "query a {{k}}"])
    func `refuses a known value that cannot stand where it goes`(use: String) {
        let findings = Fixture.findings(
            Fixture.connection("field k \"a\\nb\";", api: "\(use);")
        )
        #expect(findings.count == 1)
        #expect(findings[0].contains(": error: "), "\(findings)")
        #expect(findings[0].contains("the value of 'k' holds what a"), "\(findings)")
        #expect(Fixture.findings(Fixture.connection("field k ab;", api: "\(use);")) == [])
        let encoded = "header X-A \"{{k | base64}}\";"
        #expect(Fixture.findings(Fixture.connection("field k \"a\\nb\";", api: encoded)) == [])
    }

    @Test func `refuses a known value in a header of a route`() {
        let text = Fixture.connection("field k \"a\\nb\";")
        let findings = Fixture.findings("\(text)\nroute /a/ { connection a; header X-A {{k}}; }")
        #expect(
            findings == [
                "6:38: error: 'header': the value of 'k' holds what a header cannot hold"
            ]
        )
    }

    @Test func `refuses a known value that spoils the base URI`() {
        func findings(_ value: String, _ base: String) -> [String] {
            Fixture.findings(
                """
                connection a { grant none; parameter p "\(value)";
                api_client { base_uri \(base); } }
                listen 127.0.0.1:1;
                """
            )
        }
        let host = "https://{{p}}.example.com/v2"
        let path = "https://example.com/{{p}}/v2"
        #expect(findings("acme", host) == [])
        #expect(findings("a/b", path) == [])
        #expect(
            findings("a/b", host) == [
                "2:23: error: 'base_uri': the value of 'p' holds what a host cannot hold"
            ]
        )
        #expect(
            findings("..", path) == [
                "2:23: error: 'base_uri': the value of 'p' holds what a path cannot hold"
            ]
        )
    }

    @Test(arguments: ["https://h.example/../x", "https://{{tenant}}.h.example/./x?a=b"])
    func `names the segment that is written in a path`(base: String) {
        let text =
            "connection a { grant none; api_client { allow_hosts *.h.example; base_uri \(base); } }"
        let findings = Fixture.findings("listen 127.0.0.1:1; \(text)")
        #expect(findings.count == 1)
        #expect(findings.first?.contains("a path cannot hold the segments '.' and '..'") == true)
    }

    @Test func `keeps a message in one line, and short`() {
        let long = String(repeating: "x", count: 5000)
        let findings = Fixture.findings(
            Fixture.connection(grant: "\"no\\ne\\tx\u{85}\"")
                + "\nroute /a/ { connection \(long); }\n\(long) a;\nthreads \(long);"
        )
        #expect(findings.count == 4)
        #expect(findings[0].contains("'no\\ne\\tx\\u{85}'"), "\(findings[0])")
        for finding in findings {
            #expect(!finding.contains("\n") && finding.utf8.count < 250, "\(finding)")
        }
    }

    // MARK: One error for one mistake

    @Test func `two equal addresses are one mistake`() {
        let findings = Fixture.findings(
            "listen 127.0.0.1:1;\n" + Fixture.connection() + "\nlisten 127.0.0.1:8080;"
                + "\nroute /a/ { connection a; }"
        )
        #expect(findings == ["7:8: error: '127.0.0.1:8080' is already bound at proxy.conf:2:8"])
    }

    @Test(arguments: ["field k ${file:none};", "feild k x;", "parameter k \"x;"])
    func `a field that is written wrongly is not also missing`(field: String) {
        let text = """
            listen 127.0.0.1:8080;
            connection a { grant none; api_client { base_uri https://h.example; header A {{k}}; }
            \(field)
            }
            """
        let findings = Fixture.findings(text)
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { !$0.contains("nothing gives") }, "\(findings)")
    }

    @Test func `a proof that is written wrongly wants no secret`() {
        let findings = Fixture.findings(
            """
            listen 127.0.0.1:8080;
            connection a { grant client_credentials; client_id a; token_uri https://idp.example.com/;
            client_auth private_key_jwt key=k.pem alg=RS255;
            api_client { base_uri https://h.example; } }
            """
        )
        #expect(findings.count == 1)
        #expect(findings[0].hasPrefix("3:"), "\(findings)")
    }

    @Test func `a misspelt block is not also missing`() {
        let findings = Fixture.findings(
            """
            listen 127.0.0.1:8080;
            conection crm { grant none; api_client { base_uri https://h.example; } }
            route /crm/ { connection crm; }
            route /other/ { connection other; }
            """
        )
        #expect(
            findings == [
                "2:1: error: unknown directive 'conection'; did you mean 'connection'?",
                "4:28: error: there is no connection 'other'",
            ]
        )
    }
}
