import Config
import JSON
import Testing

/// What counts as a secret under names that people choose: everything that is not known.
@Suite struct PlainValueTests {
    @Test(arguments: [
        ("Authorization", "Bearer {{access_token}}"), ("X-Api-Key", "{{key}}"),
        ("Authorization", "Token token=\"{{key}}\""), ("X-Key", "{{basic key \"X\"}}"),
        ("Notion-Version", "2022-06-28"), ("Accept", "application/json"), ("realmId", "123"),
        ("X-Shop-Id", "7"), ("region", "eu"), ("instance_url", "https://eu1.example.com/x"),
        ("token_access_type", "offline"), ("prompt", "consent"), ("anything", ""),
    ])
    func `what is known to be harmless is shown`(name: String, value: String) {
        #expect(PlainValue.isPlain(name, value))
    }

    @Test(arguments: [
        ("X-Plain", "s3cret"), ("X-Api-Key", "s3cret{{tenant}}"), ("code", "s3cret"),
        ("Authorization", "Bearer s3cret {{tenant}}"), ("X-Key", "{{key | default \"s3cret\"}}"),
        ("Authorization", "{{basic user \"s3cret\"}}"), ("X-Key", "{{broken"), ("Cookie", "a=b"),
        ("session_id", "s3cret"), ("webhook_url", "https://hooks.example.com/s3cret"),
        ("api_url", "https://user:s3cret@example.com/"), ("url", "https://example.com/?k=s3cret"),
        ("id_token", "s3cret"), ("refreshToken", "s3cret"), ("APIKEY", "s3cret"), ("", "s3cret"),
        ("pässwörter", "s3cret"), ("keyId", "s3cret"),
    ])
    func `everything else counts as a secret`(name: String, value: String) {
        #expect(!PlainValue.isPlain(name, value))
    }

    @Test(arguments: [
        ("hub_kind", "marketing"), ("stripe_user_id", "acct_1A2b"), ("premium", "true"),
        ("cloud", "11111111-aaaa-4bbb-8ccc-222222222222"), ("place", "https://eu1.example.com"),
        ("words", "two words"), ("plan", ""),
    ])
    func `kept fields are shown under whatever harmless name`(name: String, value: String) {
        #expect(PlainValue.mayShow(kept: name, value))
    }

    @Test(arguments: [
        ("id_token", "x"), ("APIKEY", "x"), ("refreshToken", "x"), ("webhook", "x"),
        ("client_secret", "x"), ("db_pwd", "x"),
        ("endpoint", "Endpoint=sb://a.example.com/;Key=x"), ("x", "0123456789abcdef0"),
        ("x", "eyJhbGciOiJub25lIn0.e30."),
        ("place", "https://example.com/?k=x"), ("place", "https://user:x@example.com/"), ("", "x"),
    ])
    func `kept fields that may be secrets are not shown`(name: String, value: String) {
        #expect(!PlainValue.mayShow(kept: name, value))
    }

    @Test func `the configuration in force shows no value that may be a secret`() throws {
        let text = """
            connection crm {
                grant none; parameter plain canary-1; parameter region eu; extra x canary-2;
                rename scope scopes; field k canary-3;
                api_client {
                    base_uri https://api.example.com;
                    header X-Plain canary-4; header X-Mixed "canary-5 {{tenant}}";
                    header X-Refers "Bearer ${env:KEY}"; header X-Both "canary-6 ${env:KEY}";
                    header X-Named "Bearer {{k}}"; default_header Accept text/html;
                    query q canary-7;
                }
            }
            """
        let configuration = try Configuration.load(
            path: "/proxy.conf",
            source: .memory(["/proxy.conf": text], environment: ["KEY": "canary-8"])
        )
        let shown = JSONValue.object(try #require(configuration.connections.first).shown).text
        #expect(!shown.contains("canary"), "\(shown)")
        for seen in [
            "\"region\":\"eu\"", "\"scope\":\"scopes\"", "Bearer ${env:KEY}", "Bearer {{k}}",
            "text/html", "\"X-Plain\":\"***\"",
        ] {
            #expect(shown.contains(seen), "\(seen)")
        }
    }
}
