import Config
import HTTP
import Testing

/// `proxy.conf.example`, which the demo runs.
@Suite struct ExampleTests {
    static func text() throws -> String {
        let root = CorpusTests.folder.dropLast("/Tests/ConfigTests".count)
        return try CorpusTests.text("\(root)/proxy.conf.example")
    }

    /// The file with every directive that is commented out put to work.
    ///
    /// Where a directive may stand once only, the second one stays as it is.
    static func uncommented() throws -> String {
        var lines: [String] = []
        for line in try text().split(separator: "\n", omittingEmptySubsequences: false) {
            let inner = line.drop { $0 == " " }
            guard inner.hasPrefix("# "), let body = directive(inner.dropFirst(2)) else {
                lines.append(String(line))
                continue
            }
            lines.append(body)
        }
        return lines.joined(separator: "\n")
    }

    /// A commented line that is a directive, or the end of a block.
    private static func directive(_ line: Substring) -> String? {
        var line = line.drop { $0 == " " }
        if line.hasPrefix("# ") { line = line.dropFirst(2) }
        // The second of two ways, and what has no file here.
        let others = [
            "client_auth headers encoding", "client_auth private_key_jwt", "client_auth tls",
            "header Authorization", "base_uri    \"", "include",
            "base_uri https://uploads", "rename", "token_field",
        ]
        guard !others.contains(where: { line.hasPrefix($0) }) else { return nil }
        let code = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line
        let end = code.last { $0 != " " }
        let isWord = code.first.map { $0.isLowercase || $0 == "}" } ?? false
        guard isWord, end == ";" || end == "{" || end == "}", !code.contains("…") else {
            return nil
        }
        return String(line)
    }

    @Test func `has nothing to be said against it`() throws {
        #expect(Fixture.findings(try Self.text()) == [])
    }

    @Test func `is what the demo needs`() throws {
        let configuration = try Fixture.load(try Self.text())
        #expect(configuration.listeners.map(\.name) == ["main"])
        #expect(
            configuration.routes.map(\.pattern) == [
                "/crm/", "/calendar/", "/c/", "/mail/", "/weather/",
            ]
        )
        let crm = try #require(configuration.connection(named: "crm"))
        #expect(crm.grant == .clientCredentials)
        #expect(crm.tokenURI?.literalText == "http://127.0.0.1:8081/token")
        #expect(crm.api.baseURI.literalText == "http://127.0.0.1:8081/api")
        #expect(configuration.connection(named: "mail")?.grant == .refreshToken)
        #expect(configuration.connection(named: "calendar")?.grant == .authorizationCode)
        #expect(configuration.listeners.first?.connectPages == true)
        #expect(configuration.connection(named: "weather")?.grant == Grant.none)
        #expect(configuration.admin?.binds.map(\.address) == [.tcp(host: "127.0.0.1", port: 8082)])
    }

    @Test func `explains only what works`() throws {
        let text = try Self.uncommented()
        #expect(text.contains("\nmin_forced_interval") && text.contains("\ntls {"))
        let files = [
            "/run/credentials/old_vault_key": "old", "/etc/attache/mail.refresh-token": "first",
            "/etc/attache/connectors/tickets/spec.yml": """
            auth:
              type: oauth2
              getOAuthConfig: { implementationType: mapping }
              makeApiClient: { implementationType: mapping }
            """,
            "/etc/attache/connectors/tickets/auth/get-oauth-config.map.yml": """
            clientId: { $var: connectorParameters.clientId }
            clientSecret: { $var: connectorParameters.clientSecret }
            authorizeUri: https://tickets.example.com/authorize
            tokenUri: https://tickets.example.com/token
            """,
            "/etc/attache/connectors/tickets/auth/make-api-client.map.yml":
                "args: { baseUri: https://tickets.example.com/api }",
        ]
        let names = ["WEATHER_KEY", "ATTACHE_ADMIN_TOKEN", "APP_TOKEN", "GOOGLE_ID"]
        let more = ["GOOGLE_SECRET", "TICKETS_ID", "TICKETS_SECRET", "LEGACY_PASSWORD"]
        let environment = Dictionary(uniqueKeysWithValues: (names + more).map { ($0, "value") })
        let errors = Fixture.findings(text, files: files, environment: environment)
            .filter { $0.contains("error") }
        #expect(errors == [])
    }
}
