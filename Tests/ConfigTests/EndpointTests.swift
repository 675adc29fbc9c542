import Config
import HTTP
import Testing

/// Endpoints with fields in them, and where they may lead.
@Suite struct EndpointTests {
    static let client = "client_id a; client_auth none;"

    /// A connection with a token URI, and what else the test wants.
    static func load(_ uri: String, _ own: String = "", api: String = "") throws
        -> ConnectionConfiguration
    {
        let text = Fixture.connection(
            "\(client) token_uri \(uri); \(own)",
            api: api,
            grant: "refresh_token"
        )
        return try #require(try Fixture.load(text).connections.first)
    }

    static func resolve(
        _ connection: ConnectionConfiguration,
        _ fields: [String: String] = [:]
    ) -> String {
        do throws(TemplateError) {
            let lookup = { name in fields[name] ?? connection.parameter(name) }
            guard let found = try connection.endpoint(.token, lookup: lookup) else { return "none" }
            return found.uri.text + (found.isNamed ? " named" : "")
        } catch {
            return "\(error)"
        }
    }

    @Test func `a host that stands in the file needs no leave`() throws {
        let connection = try Self.load("http://127.0.0.1:9/{{tenant}}/token")
        #expect(
            Self.resolve(connection, ["tenant": "a b"]) == "http://127.0.0.1:9/a%20b/token named"
        )
        #expect(Self.resolve(connection) == "the field 'tenant' has no value")
        #expect(try connection.endpoint(.revoke, lookup: { _ in nil }) == nil)
        let refresh = try connection.endpoint(.refresh, lookup: { _ in "t" })
        #expect(refresh?.uri.path == "/t/token")
    }

    @Test func `a parameter of the file names a host, an account's own value does not`() throws {
        let own = "parameter dc us; keep path;"
        let connection = try Self.load("http://{{dc}}.example.com:9/{{path}}", own)
        let named = "http://us.example.com:9/x named"
        #expect(Self.resolve(connection, ["path": "x"]) == named)
        #expect(Self.resolve(connection, ["path": "x", "dc": "us"]) == named)
        for fields in [["path": "x", "dc": "eu"], ["path": "x", "dc": "us.example.com"]] {
            #expect(Self.resolve(connection, fields).hasPrefix("allow_hosts does not name"))
        }
    }

    @Test func `a whole URL of an account is bounded and https`() throws {
        let connection = try Self.load(
            "{{accounts-server}}/token",
            "keep accounts-server;",
            api: "allow_hosts *.zoho.test accounts.here.test;"
        )
        func at(_ url: String) -> String { Self.resolve(connection, ["accounts-server": url]) }
        #expect(at("https://accounts.zoho.test") == "https://accounts.zoho.test/token")
        #expect(at("http://accounts.zoho.test").contains("must be https"))
        #expect(at("http://accounts.here.test") == "http://accounts.here.test/token named")
        #expect(at("https://169.254.169.254").hasPrefix("allow_hosts does not name"))
        #expect(at("https://zoho.test.evil.test").hasPrefix("allow_hosts does not name"))
    }

    @Test(arguments: [
        "127.0.0.1", "169.254.169.254", "evil.example", "evil.example/", "evil.example#",
        "evil.example?", "a@evil.example", "x.myshopify.com.evil.example", "myshopify.com",
        "x.myshopify.com@evil.example", "x.myshopify.com:22", "localhost", "[::1]", "0x7f000001",
        "evilmyshopify.com", "x.myshopify.com/../", "a\r\nb.myshopify.com", "",
    ])
    func `a shop of an account leads to shops alone`(shop: String) throws {
        let whole = try Self.load(
            "https://{{shop}}/admin/oauth/access_token",
            "keep shop;",
            api: "allow_hosts *.myshopify.com;"
        )
        let found = Self.resolve(whole, ["shop": shop])
        #expect(!found.hasPrefix("http"), "\(found)")
        let part = try Self.load(
            "https://{{shop}}.myshopify.com/admin/oauth/access_token",
            "keep shop;",
            api: "allow_hosts *.myshopify.com;"
        )
        let label = Self.resolve(part, ["shop": shop])
        let end = ".myshopify.com/admin/oauth/access_token"
        #expect(!label.hasPrefix("http") || label == "https://\(shop)\(end)", "\(label)")
        let good = Self.resolve(whole, ["shop": "x.myshopify.com"])
        #expect(good == "https://x.myshopify.com/admin/oauth/access_token")
    }

    @Test func `says at once what can never work`() {
        func findings(_ uri: String, _ own: String = "", grant: String = "refresh_token")
            -> [String]
        {
            Fixture.findings(
                Fixture.connection("\(Self.client) token_uri \(uri); \(own)", grant: grant)
            ).map { String($0.drop { $0 != "e" && $0 != "w" }) }
        }
        #expect(findings("https://{{a}}.example.com/", "parameter a b;") == [])
        #expect(
            findings("https://{{a}}.example.com/", "keep a;") == [
                "error: the host of 'token_uri' comes from a field, so 'allow_hosts' must say where it "
                    + "may lead to"
            ]
        )
        #expect(
            findings("https://x/{{access_token}}") == ["error: 'token_uri' cannot hold a token"]
        )
        #expect(
            findings("https://x/{{a}}", grant: "client_credentials") == [
                "error: nothing gives '{{a}}' a value"
            ]
        )
        #expect(
            findings("https://x/{{a}}") == [
                "warning: nothing gives '{{a}}' a value, but for who connects"
            ]
        )
        #expect(findings("https://{{a").count == 1)
    }
}
