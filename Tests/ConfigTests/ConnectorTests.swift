import Config
import Connectors
import Crypto
import HTTP
import JSON
import Testing

@Suite struct ConnectorTests {
    static let files = [
        "/etc/attache/c/spec.yml": """
        auth:
          type: oauth2
          getOAuthConfig:
            implementationType: mapping
          makeApiClient:
            implementationType: mapping
        """,
        "/etc/attache/c/auth/get-oauth-config.map.yml": """
        clientId:
          $var: connectorParameters.clientId
        clientSecret:
          $var: connectorParameters.clientSecret
        authorizeUri: https://auth.example.com/oauth2/authorize
        tokenUri: https://auth.example.com/oauth2/token
        scopes:
          - read
          - write
        """,
        "/etc/attache/c/auth/make-api-client.map.yml": """
        args:
          baseUri: https://api.example.com
          headers:
            Authorization:
              $concat:
                values:
                  - Bearer
                  - $var: credentials.access_token
                delimiter: " "
            Accept: application/json
            X-Account:
              $var: credentials.account.id
        """,
    ]

    private static let parameters = "parameter clientId id; parameter clientSecret s3cret;"

    private func connection(
        _ own: String = parameters,
        files changes: [String: String] = [:]
    ) throws -> ConnectionConfiguration {
        let configuration = try Fixture.load(
            "listen 127.0.0.1:1; connection a { connector c; \(own) }",
            files: Self.files.merging(changes) { $1 }
        )
        return try #require(configuration.connections.first)
    }

    private func findings(_ own: String, files changes: [String: String] = [:]) -> [String] {
        Fixture.findings(
            "listen 127.0.0.1:1; connection a { connector c; \(own) }",
            files: Self.files.merging(changes) { $1 }
        )
    }

    private static func oauth(_ text: String) -> [String: String] {
        ["/etc/attache/c/auth/get-oauth-config.map.yml": text]
    }

    private static func client(_ text: String) -> [String: String] {
        ["/etc/attache/c/auth/make-api-client.map.yml": text]
    }

    private static let base = """
        clientId: i
        clientSecret: s
        authorizeUri: https://a.test/authorize
        tokenUri: https://a.test/token

        """

    @Test func `The connector of the seeds fills a connection in`() throws {
        let found = try connection()
        #expect(found.grant == .authorizationCode)
        #expect(found.clientID == "id")
        #expect(found.clientSecret?.reveal() == "s3cret")
        #expect(found.authorizeURI?.source == "https://auth.example.com/oauth2/authorize")
        #expect(found.tokenURI?.source == "https://auth.example.com/oauth2/token")
        #expect(found.scopes == ["read", "write"])
        #expect(found.clientAuthentication == .headers(encoding: .form))
        #expect(found.connector?.saysClientAuthentication == false)
        #expect(found.pkce && found.refresh)
        #expect(found.extra == [NamedText("access_type", "offline")])
        #expect(found.api.baseURI.literalHost == "api.example.com")
        let headers = found.api.headers.map { "\($0.name): \($0.template.source)" }
        #expect(
            headers == [
                "Authorization: Bearer {{access_token}}", "Accept: application/json",
                "X-Account: {{account.id}}",
            ]
        )
    }

    @Test func `A header whose one variable has no value is left out`() throws {
        let headers = try connection().api.headers
        let values = try headers.map { header in
            try header.render(context: .header) { $0 == "access_token" ? "at" : nil }
        }
        #expect(values == ["Bearer at", "application/json", nil])
        #expect(throws: TemplateError.missing(field: "access_token")) {
            try headers[0].render(context: .header) { _ in nil }
        }
    }

    @Test func `All that getOAuthConfig can say is taken`() throws {
        let text =
            Self.base + """
                clientAuthLocation: both
                noRefreshToken: true
                skipPkce: true
                scopes: []
                redirectUri: https://me.test/cb
                extra: {prompt: consent, access_type: null, n: 5}
                """
        let found = try connection("", files: Self.oauth(text))
        #expect(found.clientAuthentication == .both)
        #expect(!found.pkce && !found.refresh)
        #expect(found.redirectURI?.text == "https://me.test/cb")
        #expect(found.extra == [NamedText("prompt", "consent"), NamedText("n", "5")])
    }

    @Test func `What the file says wins`() throws {
        let text = Self.base + "clientAuthLocation: body\nextra: {prompt: consent, a: b}"
        let found = try connection(
            """
            client_id mine; token_uri https://mine.test/token; scopes one; client_auth headers;
            pkce off; extra prompt none; extra access_type online;
            api_client { base_uri https://mine.test/api; header Accept text/plain; }
            """,
            files: Self.oauth(text)
        )
        #expect(found.clientID == "mine")
        #expect(found.clientSecret?.reveal() == "s")
        #expect(found.tokenURI?.source == "https://mine.test/token")
        #expect(found.scopes == ["one"])
        #expect(found.clientAuthentication == .headers(encoding: .form))
        #expect(found.connector?.saysClientAuthentication == true)
        #expect(!found.pkce)
        #expect(
            Set(found.extra) == [
                NamedText("prompt", "none"), NamedText("access_type", "online"),
                NamedText("a", "b"),
            ]
        )
        #expect(found.api.baseURI.source == "https://mine.test/api")
        let headers = found.api.headers.map { "\($0.name): \($0.template.source)" }
        #expect(
            Set(headers) == [
                "Accept: text/plain", "Authorization: Bearer {{access_token}}",
                "X-Account: {{account.id}}",
            ]
        )
    }

    @Test func `Parameters of the account become fields, at hosts that are allowed`() throws {
        let text = """
            clientId: i
            clientSecret: s
            authorizeUri: https://a.test/authorize
            tokenUri:
              $concat:
                values: ["https://", {$var: connectionParameters.shop}, ".a.test/token"]
            """
        let allowed = "api_client { allow_hosts *.a.test; }"
        let found = try connection(allowed, files: Self.oauth(text))
        #expect(found.tokenURI?.source == "https://{{shop}}.a.test/token")
        #expect(found.connector?.asksForEachAccount == true)
        #expect(findings("", files: Self.oauth(text)).contains { $0.contains("allow_hosts") })
    }

    @Test func `Parameters of the connector are the file's own hosts`() throws {
        let text = "baseUri: {$concat: {values: ['https://', {$var: connectorParameters.host}]}}"
        let found = try connection(
            "\(Self.parameters) parameter host api.mine.test;",
            files: Self.client(text)
        )
        #expect(found.api.baseURI.literalHost == "api.mine.test")
    }

    @Test(arguments: [
        (oauth("scopes: [a]"), ":1:1: error: there is no 'clientId'"),
        (oauth(base + "scope: a"), ":5:1: error: 'scope': it is unknown"),
        (oauth(base + "scopes: a b"), ":5:1: error: 'scopes': this must be a list"),
        (oauth(base + "skipPkce: 'true'"), ":5:1: error: 'skipPkce': this must be true or false"),
        (oauth(base + "clientAuthLocation: query"), ":5:1: error: 'clientAuthLocation'"),
        (
            oauth("clientId:\n  $var: connectorParameters.nothing\n"),
            ":2:3: error: 'connectorParameters.nothing' has no value: write 'parameter nothing"
        ),
        (oauth("clientId: i\nauthorizeUri: auth.test\n"), ":2:15: error: "),
        (oauth("clientId: &a i"), ":1:11: error: anchors"),
        (client("headers: {A: b}"), ":1:1: error: there is no 'baseUri'"),
        (client("baseUri: https://a.test\nheader: {}"), ":2:1: error: 'header' is unknown"),
        (client("baseUri: https://a.test\nheaders: {'A B': c}"), ":2:11: error: 'A B' is no"),
        (client("baseUri: https://a.test\nheaders: {Host: c}"), ":2:11: error: 'Host' is the"),
        (client("baseUri: {$var: credentials.url}"), ":1:10: error: the host of 'baseUri'"),
        (
            client("baseUri: https://a.test\nheaders: {A: {$var: credentials.refresh_token}}"),
            ":2:14: error: a refresh token goes to no API"
        ),
        (
            client("args: {baseUri: https://a.test}\nmore: 1"),
            ":1:1: error: 'args' must stand alone"
        ),
    ])
    func `What is wrong in a mapping is said with its place`(
        files: [String: String],
        message: String
    ) {
        let found = findings(Self.parameters, files: files)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test func `Missing files and functions are errors of the check`() {
        let found = findings("", files: ["/etc/attache/c/spec.yml": "auth: {type: oauth2}"])
        #expect(found.contains { $0.hasSuffix("error: 'auth' has no 'makeApiClient'") }, "\(found)")
        let gone = Fixture.findings("listen 127.0.0.1:1; connection a { connector none; }")
        #expect(
            gone == ["/etc/attache/none/spec.yml:1:1: error: there is no such file"],
            "\(gone)"
        )
    }

    @Test(arguments: ["- a", "[]"])
    func `A mapping that gives no object is refused`(text: String) {
        let found = findings("", files: Self.oauth(text))
        #expect(
            found.contains {
                $0.hasSuffix(
                    "get-oauth-config.map.yml:1:1: error: 'getOAuthConfig' gives an object"
                )
            },
            "\(found)"
        )
    }

    @Test func `JavaScript's hosts must be allowed`() {
        let files = [
            "/etc/attache/c/spec.yml": """
            auth:
              type: oauth2
              getOAuthConfig: {implementationType: javascript}
              makeApiClient: {implementationType: javascript}
            """,
            "/etc/attache/c/auth/get-oauth-config.js": "",
            "/etc/attache/c/auth/make-api-client.js": "",
        ]
        let found = findings("", files: files)
        #expect(found.count == 2 && found.allSatisfy { $0.contains("'allow_hosts'") }, "\(found)")
        #expect(findings("api_client { allow_hosts a.test; }", files: files) == [])
    }

    @Test func `Another grant is refused`() {
        let found = findings("grant client_credentials; \(Self.parameters)")
        #expect(found.contains { $0.contains("the grant of a connector is authorization_code") })
    }

    @Test func `What JavaScript configures must be usable`() throws {
        let connection = try connection("api_client { allow_hosts a.test; } \(Self.parameters)")
        func configured(_ json: String) throws -> ConnectionConfiguration {
            try connection.configured(by: try #require(JSONValue(json: Array(json.utf8))))
        }
        #expect(try configured(#"{"clientId":"x","scopes":null}"#).clientID == "x")
        for wrong in [#"{"skipPkce":"x"}"#, #"{"clientId":{}}"#, #"{"what":1}"#, "[]"] {
            #expect(throws: (any Error).self) { try configured(wrong) }
        }
    }

    @Test(arguments: [
        ("https://a.w.test/t", false), ("https://a.test/t", true), ("http://a.test/t", true),
        ("http://a.w.test/t", nil), ("https://b.test/t", nil),
    ])
    func `Only what the file writes out may be at any address, whatever JavaScript says`(
        uri: String,
        isNamed: Bool?
    ) throws {
        let files = [
            "/etc/attache/c/spec.yml": """
            auth:
              type: oauth2
              getOAuthConfig: {implementationType: javascript}
              makeApiClient: {implementationType: javascript}
            """,
            "/etc/attache/c/auth/get-oauth-config.js": "",
            "/etc/attache/c/auth/make-api-client.js": "",
        ]
        let connection = try connection("api_client { allow_hosts a.test *.w.test; }", files: files)
        let told = try? connection.configured(by: ["tokenUri": .string(uri)])
        for endpoint in [ConnectionConfiguration.Endpoint.token, .refresh] {
            let found = try? told?.endpoint(endpoint) { _ in nil }
            #expect(found?.isNamed == isNamed)
        }
        let made = connection.calling(with: MadeClient(baseURI: uri, headers: [], query: []))
        #expect((try? made.baseURI { _ in nil })?.isNamed == isNamed)
    }

    @Test func `What JavaScript makes goes to allowed hosts, and wins over nothing written`() throws
    {
        let connection = try connection(
            "api_client { allow_hosts a.test 127.0.0.1; header A own; } \(Self.parameters)"
        )
        func client(_ base: String?, _ headers: [NamedSecret] = []) -> MadeClient {
            MadeClient(baseURI: base, headers: headers, query: [])
        }
        let good = client(
            "http://127.0.0.1:8/v",
            [NamedSecret("a", Secret("x")), NamedSecret("B", Secret("y"))]
        )
        #expect(connection.problem(with: good) == nil)
        let calling = connection.calling(with: good)
        #expect(try calling.baseURI { _ in nil }.isNamed)
        #expect(calling.api.headers.map(\.name).contains("B"))
        #expect(!calling.api.headers.map(\.name).contains("a"))
        for wrong in ["https://b.test", "http://a.test.b.test", "x", "https://a.test/?q=1"] {
            #expect(connection.problem(with: client(wrong)) != nil, "\(wrong)")
        }
        let split = [NamedSecret("X", Secret("a\r\nb: c"))]
        #expect(connection.problem(with: client("https://a.test", split)) != nil)
        let framing = [NamedSecret("Content-Length", Secret("5"))]
        #expect(connection.problem(with: client("https://a.test", framing)) != nil)
    }
}
