import FoundationEssentials
import Glibc
import Support
import Testing

extension EndToEnd {
    /// Connections that are made, used, changed and removed while the proxy runs.
    @Suite struct ManagementTests {
        private static let route = "route /c/ { connection *; }"
        private let sandbox: Sandbox

        init() throws { sandbox = try Sandbox() }

        /// A body of the form that people fill in.
        private func form(_ name: String, secret: String = "demo-secret", more: String = "")
            -> String
        {
            """
            {"name":"\(name)","label":"Salesforce Production Integration",\
            "grant_type":"client_credentials","token_url":"http://127.0.0.1:\(sandbox.port)/token",\
            "client_id":"demo","client_secret":"\(secret)","scope":"read",\
            "api_base_url":"http://127.0.0.1:\(sandbox.port)/api"\(more)}
            """
        }

        private func create(_ proxy: Attache, _ body: String) throws -> ProbeResponse {
            try proxy.admin("POST", "/connections", body)
        }

        /// Whether the API behind a connection is reached with its token.
        private func works(_ name: String, _ proxy: Attache) throws -> Bool {
            let response = try proxy.fetch("/c/\(name)/x")
            return response.status == 200 && response.text.contains("Bearer ")
        }

        @Test func `one that is made is called, survives a restart, changes and goes`() throws {
            var proxy = try Attache(Self.route)
            #expect(try proxy.fetch("/c/crm/x").status == 404)
            let made = try create(proxy, form("crm"))
            #expect(made.status == 201, "\(made.text)")
            #expect(try works("crm", proxy))
            proxy.process.kill()

            proxy = try Attache(Self.route, in: proxy.folder)
            let calls = try sandbox.tokenCalls()
            #expect(try works("crm", proxy))
            #expect(try sandbox.tokenCalls() == calls)
            let patch = #"{"label":"New","headers":{"X-Mark":"m"}}"#
            let patched = try proxy.admin("PATCH", "/connections/crm", patch)
            #expect(patched.status == 200 && patched.text.contains(#""label":"New""#))
            #expect(try proxy.fetch("/c/crm/x").text.contains("X-Mark"))
            let bad = try proxy.admin("PATCH", "/connections/crm", #"{"client_secret":"no"}"#)
            #expect(bad.status == 422 && bad.text.contains("invalid_client"), "\(bad.text)")
            #expect(try works("crm", proxy))

            #expect(try proxy.admin("DELETE", "/connections/crm").status == 204)
            #expect(try proxy.fetch("/c/crm/x").status == 404)
            proxy.process.kill()
            proxy = try Attache(Self.route, in: proxy.folder)
            #expect(try proxy.fetch("/c/crm/x").status == 404)
            #expect(leftovers(of: "crm", proxy).isEmpty)
            #expect(!proxy.process.transcript.contains("demo-secret"))
        }

        @Test func `another process that starts meanwhile leaves it alone`() throws {
            let proxy = try Attache(Self.route)
            // It does not answer before the other one is there.
            sandbox.process.send(SIGSTOP)
            defer { sandbox.process.send(SIGCONT) }
            let patient = #","request_timeout":"60s""#
            let call = try proxy.begin("/connections", form("crm", more: patient))
            let entry = "attache.vault.connections/crm.json"
            try Wait.until("the connection is being made") {
                proxy.folder.read(entry)?.contains("unfinished") == true
            }
            let other = try Attache(Self.route, in: proxy.folder)
            try Wait.until("the other one has seen that", explain: { other.process.transcript }) {
                other.process.transcript.contains("another process is changing a connection")
            }
            sandbox.process.send(SIGCONT)
            let made = try call.readResponse(answering: "POST")
            #expect(made.status == 201, "\(made.text)")
            #expect(try works("crm", proxy))
            #expect(try create(other, form("crm")).status == 409)
            #expect(try works("crm", other))
            let last = try Attache(Self.route, in: proxy.folder)
            #expect(try works("crm", last))
            #expect(try sandbox.tokenCalls() == 1)
        }

        @Test func `a name that leads elsewhere touches no file`() throws {
            let proxy = try Attache(Self.route)
            try proxy.folder.write("victim.json", "{}")
            for name in ["../victim", "../../victim", "..", "a/b", "\\u0000"] {
                let refused = try create(proxy, form(name))
                #expect(refused.status == 422, "\(name): \(refused.text)")
                #expect(refused.text.contains("'name' has letters"), "\(refused.text)")
            }
            #expect(Files.read(proxy.folder.file("victim.json")) == "{}")
        }

        @Test func `what the provider refuses is nowhere`() throws {
            let proxy = try Attache(Self.route)
            let refused = try create(proxy, form("crm", secret: "wrong"))
            #expect(refused.status == 422 && refused.text.contains("invalid_client"))
            #expect(try proxy.admin("GET", "/connections/crm").status == 404)
            #expect(leftovers(of: "crm", proxy).isEmpty)
            #expect(try create(proxy, form("crm")).status == 201)
        }

        @Test func `the secret does not follow to another host`() throws {
            let other = try Sandbox()
            let proxy = try Attache(Self.route)
            #expect(try create(proxy, form("crm")).status == 201)
            let uri = "http://127.0.0.1:\(other.port)/token"
            let patched = try proxy.admin("PATCH", "/connections/crm", #"{"token_uri":"\#(uri)"}"#)
            #expect(patched.status == 422 && patched.text.contains("client_secret"))
            #expect(try other.tokenCalls() == 0)
            #expect(try works("crm", proxy))
            let both = #"{"token_uri":"\#(uri)","client_secret":"demo-secret"}"#
            #expect(try proxy.admin("PATCH", "/connections/crm", both).status == 200)
            #expect(try other.tokenCalls() == 1)
        }

        @Test func `tokens from elsewhere are imported for each tenant`() throws {
            let proxy = try Attache("route /c/ { connection *; tenant path; }")
            let grant = try sandbox.grant()
            let body = form("mail", more: #","refresh_token":"\#(grant.refresh_token)""#)
                .replacing("client_credentials", with: "refresh_token")
            let made = try create(proxy, body.replacing("\"name\"", with: #""tenant":"a","name""#))
            #expect(made.status == 201, "\(made.text)")
            #expect(try works("mail/a", proxy))
            let second = try sandbox.grant()
            let token = #"{"tenant":"b","refresh_token":"\#(second.refresh_token)"}"#
            let imported = try proxy.admin("PUT", "/connections/mail/credentials", token)
            #expect(imported.status == 200 && imported.text.contains(#""tenant":"b""#))
            #expect(try works("mail/b", proxy))
            #expect(try proxy.fetch("/c/mail/c/x").status == 424)
            let list = try proxy.admin("GET", "/connections?tenant=b")
            #expect(list.text.contains(#""tenant":"b""#) && !list.text.contains(#""tenant":"a""#))
            let bad = #"{"tenant":"b","refresh_token":"unknown"}"#
            #expect(try proxy.admin("PUT", "/connections/mail/credentials", bad).status == 422)
            #expect(try works("mail/b", proxy))
            #expect(try proxy.admin("DELETE", "/connections/mail?tenant=b").status == 204)
            #expect(try proxy.fetch("/c/mail/b/x").status == 424)
            #expect(try proxy.admin("DELETE", "/connections/mail").status == 204)
            #expect(leftovers(of: "mail", proxy).isEmpty)
        }

        @Test func `no account is served with the token of another`() throws {
            let proxy = try Attache("route /c/ { connection *; tenant path; }")
            var tokens: [String: String] = [:]
            for name in ["mail", "crm"] {
                let first = try sandbox.grant().refresh_token
                let body = form(name, more: #","tenant":"a","refresh_token":"\#(first)""#)
                    .replacing("client_credentials", with: "refresh_token")
                let made = try create(proxy, body)
                #expect(made.status == 201, "\(made.text)")
                for tenant in ["b", "c"] {
                    let token = try sandbox.grant().access_token
                    tokens["\(name)/\(tenant)"] = token
                    let body = #"{"tenant":"\#(tenant)","access_token":"\#(token)"}"#
                    let put = try proxy.admin("PUT", "/connections/\(name)/credentials", body)
                    #expect(put.status == 200, "\(put.text)")
                }
            }
            for _ in 1...3 {
                for (place, own) in tokens {
                    let answer = try proxy.fetch("/c/\(place)/x")
                    #expect(answer.status == 200 && answer.text.contains("\(own.suffix(4)) sha256"))
                }
            }
            for place in ["mail/a", "crm/a"] {
                let answer = try proxy.fetch("/c/\(place)/x")
                #expect(answer.status == 200)
                for token in tokens.values {
                    #expect(!answer.text.contains("\(token.suffix(4)) sha256"))
                }
            }
            for tenant in ["d", "B", "b%20"] {
                #expect(try proxy.fetch("/c/mail/\(tenant)/x").status == 424)
            }
        }

        @Test func `a mail client of Google's form is imported with its refresh token`() throws {
            let (id, secret) = ("123-abc.apps.googleusercontent.com", "GOCSPX-of-this-test")
            let scopes = "email https://www.googleapis.com/auth/gmail.send openid profile"
            let list = scopes.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ",")
            try sandbox.control(
                "clients",
                #"{"client_id":"\#(id)","client_secret":"\#(secret)","scopes":[\#(list)]}"#,
                as: Sandbox.Anything.self
            )
            let grant = try sandbox.control(
                "grant",
                #"{"client_id":"\#(id)","scope":"\#(scopes)"}"#,
                as: Sandbox.Grant.self
            )
            let proxy = try Attache(Self.route)
            let base = "http://127.0.0.1:\(sandbox.port)"
            func body(_ token: String) -> String {
                """
                {"name":"gmail-google-oauth","label":"Gmail Google OAuth Connection",\
                "grant_type":"refresh_token","token_uri":"\(base)/token",\
                "client_id":"\(id)","client_secret":"\(secret)","refresh_token":"\(token)",\
                "scopes":[\(list)],"base_uri":"\(base)/api"}
                """
            }
            #expect(try create(proxy, body("1//not-the-token")).status == 422)
            let made = try create(proxy, body(grant.refresh_token))
            #expect(made.status == 201, "\(made.text)")
            #expect(try works("gmail-google-oauth", proxy))
            let shown = try proxy.admin("GET", "/connections/gmail-google-oauth").text
            #expect(shown.contains("gmail.send"), "\(shown)")
            for text in [made.text, shown, proxy.process.transcript] {
                #expect(!text.contains(secret) && !text.contains(grant.refresh_token))
            }
        }

        @Test func `a person connects what an app has made`() throws {
            let proxy = try Attache(Self.route, listener: "connect_pages on;")
            let more = #","authorization_url":"http://127.0.0.1:\#(sandbox.port)/authorize""#
            let body = form("mail", more: more)
                .replacing("client_credentials", with: "authorization_code")
            let made = try create(proxy, body)
            #expect(made.status == 201, "\(made.text)")
            let link = try JSONDecoder().decode(Link.self, from: Data(made.body))
            let browser = Browser()
            let page = try browser.open(link.authorization_url)
            let asked = try browser.submit(try #require(page.forms.first), of: page)
            let form = try #require(asked.forms.first)
            let end = try browser.submit(form, of: asked, with: [("decision", "allow")])
            #expect(end.status == 200 && end.text.contains("Connected"), "\(end.text)")
            #expect(try works("mail", proxy))
        }

        private struct Link: Decodable {
            var authorization_url: String
        }

        @Test func `no kill leaves half a connection`() throws {
            var proxy = try Attache(Self.route)
            for number in 1...20 {
                let name = "c\(number)"
                let call = try proxy.begin("/connections", form(name))
                usleep(.random(in: 0..<30_000))
                proxy.process.kill()
                // An answer that had left before the kill is a promise.
                let isPromised = (try? call.readResponse(answering: "POST"))?.status == 201
                proxy = try Attache(Self.route, in: proxy.folder)
                let status = try proxy.admin("GET", "/connections/\(name)").status
                #expect(status == 200 || !isPromised && status == 404)
                if status == 200 {
                    #expect(try works(name, proxy))
                } else {
                    #expect(leftovers(of: name, proxy).isEmpty)
                }
            }
            let secrets = Files.names(in: proxy.folder.file("attache.vault"))
                .filter { $0.contains("@") }
            let entries = Files.names(in: proxy.folder.file("attache.vault.connections"))
                .filter { $0.hasSuffix(".json") }
            #expect(secrets.count == entries.count)
            #expect(!proxy.process.transcript.contains(" error "))
        }

        @Test func `the file's name wins, with a warning`() throws {
            var proxy = try Attache(Self.route)
            #expect(try create(proxy, form("sandbox")).status == 201)
            proxy.process.kill()
            let file = Self.route + sandbox.configuration("grant client_credentials;")
            proxy = try Attache(file, in: proxy.folder)
            let shown = try proxy.admin("GET", "/connections/sandbox").text
            #expect(shown.contains(#""source":"file""#))
            #expect(proxy.process.transcript.contains("connection=sandbox"))
            #expect(try proxy.admin("PATCH", "/connections/sandbox", "{}").status == 409)
            #expect(try create(proxy, form("sandbox")).status == 409)
        }

        /// What the vault and the registry have under a name.
        private func leftovers(of name: String, _ proxy: Attache) -> [String] {
            ["attache.vault", "attache.vault.connections"].flatMap { folder in
                Files.names(in: proxy.folder.file(folder)).filter { file in
                    ["\(name).", "\(name)@", "\(name)+"].contains { file.hasPrefix($0) }
                }
            }
        }
    }
}
