import Config
import Testing

/// What each grant needs.
@Suite struct GrantTests {
    /// What is missing, by name.
    static func missing(_ grant: String, _ own: String = "") -> [String] {
        let text = Fixture.connection(own, grant: grant)
        return Fixture.findings(text, everything: true).compactMap { finding in
            guard let start = finding.firstRange(of: "has no '") else { return nil }
            return String(finding[start.upperBound...].prefix { $0 != "'" })
        }
    }

    @Test func `asks for what a grant needs`() {
        let client = ["token_uri", "client_id", "client_secret"]
        #expect(Self.missing("client_credentials") == client)
        #expect(Self.missing("refresh_token") == client)
        #expect(Self.missing("authorization_code") == ["authorize_uri"] + client)
        #expect(Self.missing("jwt_bearer") == ["token_uri", "assertion"])
        #expect(Self.missing("password") == ["token_uri", "username", "password"])
        #expect(Self.missing("none") == [])
    }

    @Test func `asks for no secret where none is sent`() {
        let id = "client_id a; token_uri https://idp.example.com;"
        #expect(Self.missing("client_credentials", id) == ["client_secret"])
        #expect(Self.missing("client_credentials", id + "client_auth body;") == ["client_secret"])
        #expect(Self.missing("client_credentials", id + "client_auth none;") == [])
        let key = "client_auth private_key_jwt key=k.pem alg=PS256;"
        #expect(Self.missing("client_credentials", id + key) == [])
        let certificate = "client_auth tls certificate=c.pem key=k.pem;"
        #expect(Self.missing("client_credentials", id + certificate) == [])
    }

    @Test func `leaves to others what they fill in`() {
        let client = "client_id a; client_auth none;"
        #expect(
            Self.missing("authorization_code", client + "issuer https://idp.example.com;") == []
        )
        #expect(
            Self.missing("authorization_code", "provider github;") == [
                "client_id", "client_secret",
            ]
        )
        #expect(
            Self.missing("refresh_token", client + "refresh_uri https://idp.example.com;") == []
        )
        let text = "listen 127.0.0.1:1; connection a { connector dir; }"
        #expect(
            Fixture.findings(text, everything: true) == [
                "/etc/attache/dir/spec.yml:1:1: error: there is no such file"
            ]
        )
    }

    @Test func `lets who connects give fields, and says so`() {
        let client = "client_id a; client_auth none; token_uri https://idp.example.com;"
        let api = "header X-A {{site}}; header X-B {{acces_token}};"
        func findings(_ grant: String) -> [String] {
            Fixture.findings(Fixture.connection(client, api: api, grant: grant))
        }
        #expect(findings("refresh_token").allSatisfy { $0.contains("warning") })
        #expect(findings("refresh_token").last?.contains("did you mean 'access_token'?") == true)
        #expect(findings("client_credentials").allSatisfy { $0.contains("error") })
        #expect(findings("client_credentials").count == 2)
    }

    @Test func `warns of the password grant`() {
        let own = "token_uri https://a; username x; password ${env:API_KEY};"
        let findings = Fixture.findings(
            Fixture.connection(own, grant: "password"),
            everything: true
        )
        #expect(findings.count == 1)
        #expect(findings.first?.contains("obsolete") == true)
    }
}
