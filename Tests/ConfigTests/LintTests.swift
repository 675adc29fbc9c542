import Config
import Testing

/// What `check` warns of in connections because the catalogue knows their provider.
@Suite struct LintTests {
    static let client = "client_id a; client_secret ${env:CRM_SECRET};"

    /// What is said about a connection of the grant `authorization_code`, without its place.
    private static func said(_ own: String, tokens: String = "") -> [String] {
        let text = """
            listen 127.0.0.1:8080; \(tokens)
            connection c { grant authorization_code; \(client) \(own)
                api_client { base_uri https://api.example.com; } }
            """
        return Fixture.findings(text, everything: true).map { finding in
            finding.firstRange(of: ": warning: ").map { String(finding[$0.upperBound...]) }
                ?? finding
        }
    }

    @Test func `values that may be secrets are told of, under whatever directive`() {
        let text = """
            listen 127.0.0.1:8080;
            connection c { grant client_credentials; token_uri https://idp.example.com/t;
                \(Self.client)
                field api_key a; field region eu; field other ${env:CRM_SECRET};
                token_param client_secret b; token_param audience https://api.example.com;
                refresh_param z c; token_header X-Key d;
                api_client { base_uri https://api.example.com; } }
            """
        let places = Fixture.findings(text, everything: true)
            .filter { $0.contains("a secret stands in the file") }
            .map { $0.prefix { $0 != " " } }
        #expect(places == ["4:19:", "5:31:", "6:43:"], "\(places)")
    }

    @Test func `a vault without places means the same as none`() {
        #expect(Fixture.findings(Fixture.connection()) == [])
        #expect(Fixture.findings(Fixture.connection() + "\nvault file { }") == [])
        let beside = Fixture.findings(Fixture.connection() + "\nvault file { path a.vault; }")
        #expect(beside.count == 1 && beside[0].contains("lies beside the vault"), "\(beside)")
    }

    private static func endpoints(_ authorize: String, _ token: String) -> String {
        "authorize_uri https://\(authorize); token_uri https://\(token);"
    }

    private static let google = endpoints(
        "accounts.google.com/o/oauth2/v2/auth",
        "oauth2.googleapis.com/token"
    )

    @Test(arguments: [
        (google, "'extra prompt consent'"),
        (google + "extra access_type -; extra prompt consent;", "'extra access_type offline'"),
        (
            endpoints(
                "login.microsoftonline.com/x/oauth2/v2.0/authorize",
                "login.microsoftonline.com/x/oauth2/v2.0/token"
            ) + "scopes Mail.Read;", "'scopes … offline_access'"
        ),
        (
            endpoints("www.dropbox.com/oauth2/authorize", "api.dropboxapi.com/oauth2/token"),
            "'extra token_access_type offline'"
        ),
        (
            endpoints("www.reddit.com/api/v1/authorize", "www.reddit.com/api/v1/access_token"),
            "'extra duration permanent'"
        ),
        (
            endpoints("x.com/i/oauth2/authorize", "api.x.com/2/oauth2/token") + "scopes a;",
            "'scopes … offline.access'"
        ),
    ])
    func `names what yields a refresh token, whoever is known by a host`(own: String, what: String)
    {
        let said = Self.said(own)
        #expect(said.count == 1)
        #expect(said.first?.contains("gives a refresh token only with \(what);") == true, "\(said)")
        #expect(Self.said(own + "refresh off;") == [])
    }

    @Test func `another certificate for the API than for the provider breaks tokens bound to it`() {
        func said(_ tls: String) -> [String] {
            let text = """
                listen 127.0.0.1:8080;
                connection c {
                    grant client_credentials; client_id a; token_uri https://idp.example.com/token;
                    client_auth tls certificate=/etc/a.crt key=/etc/a.key;
                    api_client { base_uri https://api.example.com; \(tls) }
                }
                """
            return Fixture.findings(text, everything: true)
        }
        let other = said("tls certificate=/etc/b.crt key=/etc/b.key;")
        #expect(other.count == 1)
        #expect(other.first?.contains("warning: the API gets another certificate") == true)
        for tls in ["tls certificate=/etc/a.crt key=/etc/a.key;", "tls ca=/etc/ca.pem;", ""] {
            #expect(said(tls) == [])
        }
    }

    @Test func `the same is said of a provider that is named, at its scopes`() {
        let text = """
            listen 127.0.0.1:8080;
            connection c { provider microsoft; \(Self.client)
                scopes Mail.Read; }
            """
        #expect(
            Fixture.findings(text, everything: true) == [
                "3:5: warning: Microsoft (Entra ID, Graph) gives a refresh token only with "
                    + "'scopes … offline_access'; write it, or 'refresh off'"
            ]
        )
    }

    @Test func `PKCE is told where it changes what a refresh does`() {
        let square = Self.endpoints(
            "connect.squareup.com/oauth2/authorize",
            "connect.squareup.com/oauth2/token"
        )
        #expect(Self.said(square).first?.hasPrefix("'pkce off' is meant for Square: ") == true)
        #expect(Self.said(square + "pkce off;") == [])
        let slack = Self.endpoints("slack.com/oauth/v2/authorize", "slack.com/api/oauth.v2.access")
        #expect(Self.said(slack + "assume_lifetime 1d;").count == 1)
        let named = """
            listen 127.0.0.1:8080;
            connection c { provider square; \(Self.client)
                pkce on; }
            """
        #expect(Fixture.findings(named, everything: true).first?.hasPrefix("3:5: warning") == true)
    }

    @Test func `a life that nobody says must be assumed by somebody`() {
        let salesforce = Self.endpoints(
            "acme.my.salesforce.com/services/oauth2/authorize",
            "acme.my.salesforce.com/services/oauth2/token"
        )
        let own = salesforce + "scopes refresh_token;"
        #expect(
            Self.said(own) == [
                "Salesforce does not say how long a token lives; write 'assume_lifetime'"
            ]
        )
        #expect(Self.said(own + "assume_lifetime 1h;") == [])
        #expect(Self.said(own, tokens: "tokens { assume_lifetime 1h; }") == [])
    }

    @Test func `a buffer as long as a token's known life is told`() {
        let text = """
            listen 127.0.0.1:8080;
            connection c { provider sage; \(Self.client)
                refresh_before 5m; }
            connection d { provider sage; \(Self.client) }
            connection e { provider exact; \(Self.client) parameter country nl;
                refresh_before 20m; }
            """
        #expect(
            Fixture.findings(text, everything: true) == [
                "3:5: warning: 'refresh_before' (5m) is not smaller than the 5m that a token of "
                    + "Sage Accounting lives",
                "6:5: warning: 'refresh_before' (20m) is not smaller than the 10m that a token of "
                    + "Exact Online lives",
            ]
        )
    }

    @Test func `nothing is said of a provider that nobody knows, nor of our own machine`() {
        #expect(Self.said(Self.endpoints("idp.example.com/a", "idp.example.com/t")) == [])
        #expect(
            Self.said("authorize_uri http://127.0.0.1:1/a; token_uri http://127.0.0.1:1/t;") == []
        )
        // Two providers are at this host, and only what is true of both is said.
        let github = Self.endpoints(
            "github.com/login/oauth/authorize",
            "github.com/login/oauth/access_token"
        )
        #expect(Self.said(github) == [])
        #expect(Self.said(Self.google + "extra prompt consent;") == [])
    }
}
