import Config
import HTTP
import Testing

/// The built-in providers, and how they fill connections in.
@Suite struct CatalogueTests {
    /// A configuration of one connection to a provider, its URLs' parameters all `x`.
    static func text(_ name: String, _ own: String = "", listen: String = "listen 127.0.0.1:8080;")
        throws -> String
    {
        let entry = try #require(Catalogue.entry(named: name))
        let parameters = entry.parameters.filter(\.isRequired)
            .map { "parameter \($0.name) x;" }.joined(separator: " ")
        return """
            \(listen)
            connection c { provider \(name); client_id a; \(parameters)
                client_secret ${env:CRM_SECRET}; \(own) }
            """
    }

    static func load(_ name: String, _ own: String = "") throws -> ConnectionConfiguration {
        let configuration = try Fixture.load(try text(name, own), everything: true)
        return try #require(configuration.connections.first)
    }

    @Test func `knows sixty providers and more`() {
        #expect(Catalogue.names.count >= 60)
        #expect(Catalogue.names == Catalogue.names.sorted())
        #expect(Catalogue.entry(named: "nobody") == nil)
    }

    @Test(arguments: Catalogue.names)
    func `an entry fills a connection in with nothing to be said against it`(name: String) throws {
        #expect(Fixture.findings(try Self.text(name), everything: true) == [])
        let connection = try Self.load(name)
        #expect(connection.provider == name)
        #expect(connection.label == "c")
        #expect(connection.tokenURI != nil)
        #expect(connection.grant != .none)
        if connection.grant == .authorizationCode { #expect(connection.authorizeURI != nil) }
        let templates = [
            connection.authorizeURI, connection.tokenURI, connection.refreshURI,
            connection.revokeURI, connection.api.baseURI,
        ]
        for template in templates.compactMap(\.self) {
            let start = template.source.lowercased()
            #expect(start.hasPrefix("https://") || template.startsWithField, "\(template)")
        }
    }

    @Test(arguments: Catalogue.names)
    func `the sample is accepted once its variables are set`(name: String) throws {
        let entry = try #require(Catalogue.entry(named: name))
        let text = "listen 127.0.0.1:8080;\n\(entry.sample)"
        var environment: [String: String] = [:]
        for piece in text.split(separator: "${env:").dropFirst() {
            environment[String(piece.prefix { $0 != "}" })] = "x"
        }
        let findings = Fixture.findings(text, environment: environment, everything: true)
        #expect(findings == [])
        #expect(entry.sample.contains("provider \(name);"))
        for note in entry.notes { #expect(entry.sample.contains(note.prefix(20))) }
    }

    @Test(arguments: Catalogue.names)
    func `a required parameter that is not written is asked for once`(name: String) throws {
        let entry = try #require(Catalogue.entry(named: name))
        let wanted = entry.parameters.filter(\.isRequired).map { parameter in
            let message = "provider '\(name)' needs 'parameter \(parameter.name) VALUE'"
            return entry.grant == .clientCredentials
                ? "2:16: error: \(message)"
                : "2:16: warning: \(message), unless each account brings it"
        }
        let text = """
            listen 127.0.0.1:8080;
            connection c { provider \(name); client_id a; client_secret ${env:CRM_SECRET}; }
            """
        #expect(Fixture.findings(text, everything: true).sorted() == wanted.sorted())
    }

    @Test func `what is written wins, directive by directive`() throws {
        let connection = try Self.load(
            "google",
            """
            scopes a b; client_auth headers; extra prompt none; extra hd example.com;
            token_uri https://other.example.com/token; keep id_token;
            api_client { default_header X-Own yes; }
            """
        )
        #expect(connection.scopes == ["a", "b"])
        #expect(connection.clientAuthentication == .headers(encoding: .form))
        #expect(connection.tokenURI?.literalText == "https://other.example.com/token")
        #expect(connection.authorizeURI?.literalHost == "accounts.google.com")
        let extra = Dictionary(uniqueKeysWithValues: connection.extra.map { ($0.name, $0.value) })
        #expect(extra == ["access_type": "offline", "prompt": "none", "hd": "example.com"])
        #expect(connection.api.baseURI.literalText == "https://www.googleapis.com")
        #expect(connection.api.defaultHeaders.map(\.name) == ["X-Own"])
        #expect(connection.api.headers == [NamedTemplate("Authorization", .bearer)])
    }

    @Test func `lists are joined, and headers replaced whatever their case`() throws {
        let xero = try Self.load("xero", "api_client { header xero-tenant-id fixed; }")
        let names = xero.api.headers.map { $0.name.lowercased() }
        #expect(names.sorted() == ["authorization", "xero-tenant-id"])
        let klaviyo = try Self.load("klaviyo", "api_client { header Revision 2099; }").api
        #expect(klaviyo.headers.map(\.name).contains("Revision"))
        #expect(klaviyo.defaultHeaders.isEmpty)
        let zoho = try Self.load("zoho", "keep scope; callback_keep location;")
        #expect(zoho.tokenCalls.keep.sorted() == ["api_domain", "scope"])
        #expect(zoho.callbackKeep.sorted() == ["accounts-server", "location"])
        let own = try Self.load("xero", "lookup GET https://api.xero.com/x a=b;")
        #expect(own.lookups.flatMap(\.fields) == [NamedText("a", "b")])
    }

    @Test func `another grant takes what it needs and hears nothing of the rest`() throws {
        let text = try Self.text("microsoft", "grant client_credentials; scopes all;")
        #expect(Fixture.findings(text, everything: true) == [])
    }

    @Test func `a name that is none is told, with the one that was meant`() {
        let text = "listen 127.0.0.1:8080;\nconnection c { provider gogle; client_id a; }"
        #expect(
            Fixture.findings(text) == [
                "2:25: error: there is no provider 'gogle'; did you mean 'google'?; "
                    + "'attache providers' lists them"
            ]
        )
    }

    @Test func `an error in what a provider fills in stands at its line`() {
        let text = """
            listen 127.0.0.1:8080;
            connection c {
                client_id a; client_secret ${env:CRM_SECRET};
                provider zoom-server;
            }
            """
        #expect(
            Fixture.findings(text, everything: true) == [
                "4:5: error: provider 'zoom-server' needs 'parameter account_id VALUE'"
            ]
        )
    }

    @Test(arguments: [
        (
            "pipedrive", ["api_domain": "https://acme.pipedrive.com"],
            "https://acme.pipedrive.com/api"
        ),
        (
            "salesforce", ["instance_url": "https://acme.my.salesforce.com"],
            "https://acme.my.salesforce.com"
        ),
        ("zoho", ["api_domain": "https://www.zohoapis.eu"], "https://www.zohoapis.eu"),
        (
            "gong", ["api_base_url_for_customer": "https://us-1.api.gong.io"],
            "https://us-1.api.gong.io"
        ),
        ("wrike", ["host": "app-eu.wrike.com"], "https://app-eu.wrike.com/api/v4"),
        (
            "docusign", ["base_uri": "https://na4.docusign.net"],
            "https://na4.docusign.net/restapi"
        ),
        ("mailchimp", ["dc": "us6"], "https://us6.api.mailchimp.com"),
        ("atlassian", ["cloudid": "1-2"], "https://api.atlassian.com/ex/jira/1-2"),
        (
            "lightspeed", ["domain_prefix": "tea"], "https://tea.retail.lightspeed.app/api"
        ),
        (
            "quickbooks", ["realmId": "9130"], "https://quickbooks.api.intuit.com/v3/company/9130"
        ),
        (
            "bullhorn", ["restUrl": "https://rest9.bullhornstaffing.com/rest-services/e9/"],
            "https://rest9.bullhornstaffing.com/rest-services/e9/"
        ),
        ("intercom", ["region": "eu."], "https://api.eu.intercom.io"),
        ("microsoft", [:], "https://graph.microsoft.com"),
    ])
    func `an account's own values lead to its API`(
        name: String,
        fields: [String: String],
        base: String
    ) throws {
        let connection = try Self.load(name)
        #expect(try connection.baseURI { fields[$0] }.uri.text == base)
        guard connection.api.baseURI.literalHost == nil else { return }
        #expect(throws: TemplateError.self) {
            try connection.baseURI { fields[$0].map { _ in "https://evil.example" } }
        }
    }

    @Test func `a provider's hosts are as far as an account can lead`() throws {
        let shopify = try Self.load("shopify")
        func host(_ shop: String) -> String? {
            let found = try? shopify.endpoint(.token) { $0 == "shop" ? shop : nil }
            return found?.uri.host
        }
        #expect(host("tea") == "tea.myshopify.com")
        #expect(host("tea.evil.com/") == nil)
        let zoho = try Self.load("zoho")
        func server(_ url: String) -> String? {
            (try? zoho.endpoint(.token) { $0 == "accounts-server" ? url : nil })?.uri.host
        }
        #expect(server("https://accounts.zoho.eu") == "accounts.zoho.eu")
        #expect(server("https://accounts.zoho.evil.com") == nil)
    }
}
