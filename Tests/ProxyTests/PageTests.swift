import Credentials
import HTTP
import Proxy
import Testing

/// How requests for the connect pages reach who answers them, and what reaches nobody.
@Suite struct PageTests {
    /// Answers with all that it was given.
    private static let echo = PageHandler { request, isSecure in
        let fields = request.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        let text = "\(request.method) \(request.target) \(isSecure) [\(fields)] "
        return Response(
            status: 200,
            fields: ["X-Page": "yes"],
            body: Array(text.utf8) + request.body
        )
    }

    private func run(
        _ listener: String = "connect_pages on;",
        _ config: String = Scene.plain(),
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await Scene.run(config, listener: listener, pages: Self.echo, body)
    }

    private static func request(_ line: String, _ more: String = "") -> String {
        "\(line) HTTP/1.1\r\nHost: localhost\r\n\(more)\r\n"
    }

    @Test func `the pages come before routes, with all that was sent`() async throws {
        try await run("connect_pages on;", Scene.plain().replacing("/api/", with: "/")) {
            (scene) async throws in
            for target in ["/connect/crm?ticket=x", "/oauth-callback?a=%20", "/oauth-callback/crm"]
            {
                let answer = try scene.ask(Self.request("GET \(target)", "Cookie: a=b\r\n"))
                #expect(answer.status == 200)
                #expect(answer["X-Page"] == "yes")
                #expect(answer.text.hasPrefix("GET \(target) false ["))
                #expect(answer.text.contains("Cookie=a=b"))
            }
            // A provider sends the browser from another site.
            let back = Self.request("GET /oauth-callback", "Sec-Fetch-Site: cross-site\r\n")
            #expect(try scene.ask(back).status == 200)
            for target in ["/connect", "/connected/x", "/oauth-callbacks", "/x/connect/y"] {
                #expect(try scene.ask(Self.request("GET \(target)"))["X-Page"] == nil)
            }
        }
    }

    @Test func `a listener without pages has none, and one without routes has only them`()
        async throws
    {
        try await run("") { (scene) async throws in
            let answer = try scene.ask(Self.request("GET /connect/crm"))
            #expect(answer.status == 404)
        }
        let config = "connection a { grant none; api_client { base_uri http://UPSTREAM; } }"
        try await run("connect_pages on; routes off;", config) { (scene) async throws in
            #expect(try scene.ask(Self.request("GET /connect/crm")).status == 200)
            #expect(try scene.ask(Self.request("GET /api/x")).status == 404)
        }
    }

    @Test func `a form is read whole, however it comes, and the connection goes on`() async throws {
        try await run { (scene) async throws in
            let client = try scene.client()
            let forms = [
                Self.request("POST /connect/crm", "Content-Length: 8\r\n") + "ticket=x",
                Self.request("POST /connect/crm", "Transfer-Encoding: chunked\r\n")
                    + "4\r\ntick\r\n4\r\net=x\r\n0\r\n\r\n",
            ]
            for form in forms + forms {
                try client.send(form)
                let answer = try client.next()
                #expect(answer.status == 200)
                #expect(answer.text.hasSuffix("] ticket=x"))
            }
            try client.send(Self.request("GET /api/x"))
            #expect(try client.next().status == 200)
        }
    }

    @Test func `a form that is too large is refused before it is read`() async throws {
        try await run { (scene) async throws in
            let long = Self.request("POST /connect/crm", "Content-Length: 16385\r\n")
            #expect(try scene.ask(long).status == 413)
            let chunk = String(repeating: "x", count: 9000)
            let chunked =
                Self.request("POST /connect/crm", "Transfer-Encoding: chunked\r\n")
                + "2328\r\n\(chunk)\r\n2328\r\n\(chunk)\r\n0\r\n\r\n"
            #expect(try scene.ask(chunked).status == 413)
        }
    }

    @Test func `foreign hosts, crooked targets and odd methods reach nobody`() async throws {
        try await run { (scene) async throws in
            let foreign = "GET /connect/crm HTTP/1.1\r\nHost: evil.test\r\n\r\n"
            #expect(try scene.ask(foreign).status == 421)
            for target in ["/connect/../x", "/connect/%2e%2e/x", "/connect/a%00", "/connect/a%2fb"]
            {
                #expect(try scene.ask(Self.request("GET \(target)")).status == 400, "\(target)")
            }
            #expect(try scene.ask(Self.request("TRACE /connect/crm")).status == 405)
            let short = Self.request("POST /connect/crm", "Content-Length: 9\r\n") + "ticket=x"
            let client = try scene.client()
            try client.send(short)
            client.finishSending()
            #expect(try client.next().status == 400)
        }
    }

    @Test func `the log has the path alone`() async throws {
        try await run { (scene) async throws in
            _ = try scene.ask(Self.request("GET /oauth-callback?code=secret-code&state=s"))
            await scene.stop()
            #expect(scene.lines.text.contains(#""path":"/oauth-callback","status":200"#))
            #expect(!scene.lines.text.contains("secret-code"))
        }
    }

    @Test func `a 424 says where a person can connect`() async throws {
        let config =
            Scene.tokened() + """

                admin { bind 127.0.0.1:8081; help_url "https://app.test/c?n={{connection}}"; }
                """
        try await Scene.run(config) { (scene) async throws in
            scene.tokens.answer { _ in
                .needsAuthorization(code: "needs_authorization", message: "Connect it.")
            }
            let answer = try scene.ask(Self.request("GET /api/x"))
            #expect(answer.status == 424)
            #expect(answer.text.contains(#""connect_url":"https://app.test/c?n=api"}}"#))
        }
    }
}
