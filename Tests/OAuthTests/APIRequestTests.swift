import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Testing

/// The calls of our own with a connection's token: lookups and tests.
@Suite struct APIRequestTests {
    private func values(
        _ change: (inout ConnectionConfiguration) -> Void = { _ in },
        fields: [String: String] = [:]
    ) -> TemplateValues {
        TemplateValues(
            connection(.refreshToken, change),
            tenant: "t",
            fields: fields,
            accessToken: Secret("A1")
        )
    }

    private func template(_ text: String) throws -> Template { try Template(text) }

    @Test(arguments: [
        ("https://api.test", "/me", "/me"), ("https://api.test/v2/", "/me?a=1", "/v2/me?a=1"),
        ("https://api.test/v2", "/", "/v2/"),
    ])
    func `a test goes where a caller's request would`(
        base: String,
        path: String,
        target: String
    ) throws {
        let call = try APIRequest.test(
            TestConfiguration(method: "GET", path: path),
            with: values { $0.api.baseURI = .literal(base) }
        )
        #expect(call.request.target == target)
        #expect(call.request.fields["Authorization"] == "Bearer A1")
        #expect(call.destination.isNamed)
    }

    @Test func `a test has the headers and the query of the api_client`() throws {
        let key = try template("{{site}}")
        let call = try APIRequest.test(
            TestConfiguration(method: "POST", path: "/x?b=2"),
            with: values(
                {
                    $0.api.query = [NamedTemplate("k y", key)]
                    $0.api.defaultHeaders = [NamedTemplate("Accept", .literal("text/csv"))]
                    $0.api.headers.append(NamedTemplate("X-Site", key))
                },
                fields: ["site": "a/b"]
            )
        )
        #expect(call.request.target == "/x?b=2&k%20y=a%2Fb")
        #expect(call.request.fields["accept"] == "text/csv")
        #expect(call.request.fields["x-site"] == "a/b")
    }

    @Test func `a field without a value fails a test`() throws {
        let key = try template("{{site}}")
        #expect(throws: TemplateError.missing(field: "site")) {
            try APIRequest.test(
                TestConfiguration(method: "GET", path: "/"),
                with: values { $0.api.headers.append(NamedTemplate("X-Site", key)) }
            )
        }
    }

    @Test func `a lookup has the token, and what headers have values`() throws {
        let lookup = LookupConfiguration(
            method: "GET",
            uri: try template("https://auth.test/{{site}}/me"),
            fields: []
        )
        let cloud = try template("{{cloud}}")
        let call = try APIRequest.lookup(
            lookup,
            with: values(
                {
                    $0.api.headers.append(NamedTemplate("X-Cloud", cloud))
                    $0.api.headers.append(NamedTemplate("X-Version", .literal("3")))
                },
                fields: ["site": "a"]
            )
        )
        #expect(call.destination.uri.text == "https://auth.test/a/me")
        #expect(call.request.fields["Authorization"] == "Bearer A1")
        #expect(call.request.fields["X-Cloud"] == nil)
        #expect(call.request.fields["X-Version"] == "3")
        let keyed = try APIRequest.lookup(
            lookup,
            with: values({ $0.api.headers = [] }, fields: ["site": "a"])
        )
        #expect(keyed.request.fields["Authorization"] == "Bearer A1")
    }

    @Test func `a lookup goes to no host that a field chose freely`() throws {
        let lookup = LookupConfiguration(
            method: "GET",
            uri: try template("https://{{dc}}.api.test/"),
            fields: []
        )
        #expect(throws: TemplateError.hostNotAllowed("evil.api.test")) {
            try APIRequest.lookup(lookup, with: values(fields: ["dc": "evil"]))
        }
        let allowed = try APIRequest.lookup(
            lookup,
            with: values(
                { $0.api.allowHosts = [HostPattern("*.api.test")].compactMap(\.self) },
                fields: ["dc": "us1"]
            )
        )
        #expect(!allowed.destination.isNamed)
    }

    @Test func `an answer gives all fields, or none`() throws {
        let lookup = LookupConfiguration(
            method: "GET",
            uri: .literal("https://auth.test/"),
            fields: [NamedText("cloud", "0.id"), NamedText("count", "0.n")]
        )
        let good = Response(status: 200, body: Array(#"[{"id":"c1","n":7}]"#.utf8))
        #expect(try lookup.fields(of: good) == ["cloud": "c1", "count": "7"])
        for (status, body, error) in [
            (200, #"[{"id":"c1"}]"#, LookupError.missing(path: "0.n")),
            (200, "[]", .missing(path: "0.id")),
            (200, #"[{"id":"","n":1}]"#, .missing(path: "0.id")),
            (200, #"[{"id":"a\nb","n":1}]"#, .missing(path: "0.id")),
            (200, #"[{"id":["a"],"n":1}]"#, .missing(path: "0.id")), (200, "<p>", .unreadable),
            (200, String(repeating: " ", count: 300_000), .tooLarge), (401, "", .status(401)),
            (302, "", .status(302)),
        ] {
            let response = Response(status: status, body: Array(body.utf8))
            #expect(throws: error) { try lookup.fields(of: response) }
        }
        #expect(LookupError.status(503).mayPass && !LookupError.status(404).mayPass)
    }
}
