import Support
import Testing

extension EndToEnd {
    /// People connect accounts on a listener with TLS.
    @Suite(.requires(.openssl, .curl)) struct ConnectTLSTests {
        private let certificates: Certificates
        private let sandbox: Sandbox
        private let proxy: Attache
        private let origin: String

        init() throws {
            certificates = try Certificates()
            sandbox = try Sandbox("rotating")
            let port = try FreePort.next()
            origin = "https://localhost:\(port)"
            proxy = try Attache(
                sandbox.configuration(
                    """
                    grant authorization_code;
                    authorize_uri http://127.0.0.1:\(sandbox.port)/authorize;
                    """,
                    more: "scopes read;"
                ),
                listener: """
                    tls {
                        certificate \(certificates.certificate(.good));
                        key \(certificates.key(.good));
                    }
                    connect_pages on;
                    """,
                port: port,
                admin: "public_url \(origin); return_urls https://app.example/done;"
            )
        }

        private func browser() -> Browser { Browser(trusting: certificates.authority) }

        /// Goes as far as the provider's question.
        private func begin(_ browser: Browser, _ request: String = "{}") throws -> Browser.Page {
            try Person(proxy, with: browser).begin("sandbox", request)
        }

        private func allow(
            _ question: Browser.Page,
            in browser: Browser,
            stoppingBefore stop: String? = nil
        ) throws -> Browser.Page {
            let form = try #require(question.forms.first, "\(question.text)")
            let yes = [("decision", "allow")]
            return try browser.submit(form, of: question, with: yes, stoppingBefore: stop)
        }

        @Test func `the flow's cookie is bound to the host, and the callback comes over https`()
            throws
        {
            let browser = browser()
            let question = try begin(browser)
            let cookie = try #require(browser.cookies.first)
            #expect(browser.cookies.count == 1)
            #expect(cookie.name.hasPrefix("__Host-attache-flow-"))
            #expect(cookie.isSecure && cookie.isHTTPOnly && cookie.sameSite == "lax")
            #expect(question.url.query["redirect_uri"] == "\(origin)/oauth-callback")
            let end = try allow(question, in: browser)
            #expect(end.status == 200, "\(end.text)\n\(proxy.process.transcript)")
            #expect(end.text.contains("Connected"))
            #expect(end.url.origin == origin && end.url.path == "/oauth-callback")
            #expect(browser.cookies.isEmpty)
            #expect(try proxy.state(of: "sandbox").state == "connected")
        }

        @Test func `the app gets the browser back over https`() throws {
            let browser = browser()
            let back = "https://app.example/done"
            let question = try begin(browser, #"{"return_url": "\#(back)"}"#)
            let end = try allow(question, in: browser, stoppingBefore: back)
            #expect(end.status == 303)
            let location = try WebAddress(try #require(end.response["Location"]))
            #expect(location.query["status"] == "connected")
        }

        @Test func `another browser, or a cookie without its prefix, cannot finish a flow`() throws
        {
            let browser = browser()
            let question = try begin(browser)
            let stopped = try allow(question, in: browser, stoppingBefore: origin)
            let callback = try #require(stopped.response["Location"])
            let stranger = self.browser()
            for name in ["", "attache-flow-"] {
                if !name.isEmpty {
                    stranger.cookies = browser.cookies
                    let mark = browser.cookies[0].name.dropFirst("__Host-attache-flow-".count)
                    stranger.cookies[0].name = name + mark
                }
                let page = try stranger.open(callback, from: question.url.text)
                #expect(page.status == 403, "\(page.text)")
            }
            #expect(try proxy.state(of: "sandbox").state == "never_connected")
            #expect(try browser.open(callback, from: question.url.text).status == 200)
        }
    }
}
