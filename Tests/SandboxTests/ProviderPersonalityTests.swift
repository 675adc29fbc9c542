import HTTP
import JSON
import Sandbox
import Testing

/// The personalities that act like kinds of real providers.
@Suite struct ProviderPersonalityTests {
    private static let answers: PersonalityTests.Check = { reply, _ in reply.accessToken != nil }

    /// What each answers to a refresh.
    static let checks: [String: PersonalityTests.Check] = [
        "client-key": answers, "app-id": answers, "user-scope": answers, "renamed-code": answers,
        "callback-fields": answers, "comma-scopes": answers, "requires-pkce": answers,
        "refuses-pkce": answers, "asks-offline": answers, "account-credentials": answers,
        "bearer-secret": PersonalityTests.refused(401, "invalid_client"),
        "refresh-elsewhere": PersonalityTests.refused(400, "unsupported_grant_type"),
        "asks-lifetime": { reply, _ in
            reply.accessToken != nil && reply.json["expires_in"] == nil
        },
        "account-members": { reply, _ in
            reply.json["api_domain"] == "https://api.instance.example"
        },
        "form-unless-asked": { reply, _ in
            reply.response.fields["Content-Type"] == "application/x-www-form-urlencoded"
        },
        "camel-credentials": { reply, sent in
            reply.json["credentials", "refreshToken"]?.string == sent
        },
    ]

    /// The items that the authorization endpoint sends back for a query.
    private static func asked(
        _ names: String,
        _ changes: [String: String?] = [:],
        _ caller: inout Caller
    ) -> [String: String] {
        let query = AuthorizeTests.query(changes)
        return AuthorizeTests.items(
            caller.send("GET", "/p/auto-consent+\(names)/authorize?\(query)")
        )
    }

    @Test func `a parameter with another name is known by that name alone`() {
        var caller = Caller()
        let standard = Self.asked("client-key", [:], &caller)
        #expect(standard.isEmpty, "a page, for nobody knows the client")
        let own = Self.asked("client-key", ["client_id": nil, "client_key": "demo"], &caller)
        #expect(own["code"] != nil)
        let form = [("grant_type", "client_credentials"), ("client_secret", "demo-secret")]
        let path = "/p/client-key/token"
        #expect(caller.token(form + [("client_id", "demo")], at: path, nil).error != nil)
        #expect(caller.token(form + [("client_key", "demo")], at: path, nil).accessToken != nil)
    }

    @Test func `the callback has the names and the fields of its provider`() {
        var caller = Caller()
        let renamed = Self.asked("renamed-code+callback-fields", [:], &caller)
        #expect(renamed["code"] == nil && renamed["spapi_oauth_code"] != nil)
        #expect(renamed["realmId"] == "9130" && renamed["domain_prefix"] == "shop")
        let other = Self.asked("app-id", ["client_id": nil, "app_id": "demo"], &caller)
        #expect(other["auth_code"] != nil)
    }

    @Test func `scopes are separated as the provider wants`() {
        var caller = Caller()
        #expect(Self.asked("comma-scopes", ["scope": "a,b"], &caller)["code"] != nil)
        #expect(Self.asked("comma-scopes", ["scope": "a b"], &caller)["error"] == "invalid_scope")
        let own = ["scope": nil, "user_scope": "a b"]
        let code = Self.asked("user-scope", own, &caller)["code"] ?? ""
        #expect(caller.token(AuthorizeTests.exchange(code)).json["scope"] == "a b")
    }

    @Test func `PKCE is required, or refused`() {
        var caller = Caller()
        let without: [String: String?] = ["code_challenge": nil, "code_challenge_method": nil]
        #expect(Self.asked("requires-pkce", [:], &caller)["code"] != nil)
        #expect(Self.asked("requires-pkce", without, &caller)["error"] == "invalid_request")
        #expect(Self.asked("refuses-pkce", [:], &caller)["error"] == "invalid_request")
        #expect(Self.asked("refuses-pkce", without, &caller)["code"] != nil)
    }

    @Test(arguments: [
        ["access_type": "offline"], ["token_access_type": "offline"], ["duration": "permanent"],
        ["scope": "a offline_access"], ["scope": "offline.access"],
    ])
    func `a refresh token is for who asks`(question: [String: String?]) {
        var caller = Caller()
        let path = "/p/asks-offline/token"
        let code = Self.asked("asks-offline", question, &caller)["code"] ?? ""
        #expect(caller.token(AuthorizeTests.exchange(code), at: path).refreshToken != nil)
        let bare = Self.asked("asks-offline", [:], &caller)["code"] ?? ""
        let reply = caller.token(AuthorizeTests.exchange(bare), at: path)
        #expect(reply.accessToken != nil && reply.refreshToken == nil)
    }

    @Test func `a lifetime is for who asks, and JSON too`() {
        var caller = Caller()
        let form = [("grant_type", "client_credentials"), ("expires_in", "300")]
        #expect(caller.token(form, at: "/p/asks-lifetime/token").json["expires_in"] == 3600)
        let reply = caller.send(
            "POST",
            "/p/form-unless-asked/token",
            [
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            ],
            "grant_type=client_credentials&client_id=demo&client_secret=demo-secret"
        )
        #expect(reply.accessToken != nil)
    }

    @Test func `refreshes are made where they belong`() {
        var caller = Caller()
        let token = caller.family()
        #expect(caller.refresh(token, at: "/p/refresh-elsewhere/refresh").accessToken != nil)
        let other = caller.clientCredentials(at: "/p/refresh-elsewhere/refresh")
        #expect(other.error == "unsupported_grant_type")
        #expect(caller.refresh(token, at: "/refresh").error == "unsupported_grant_type")
        #expect(caller.clientCredentials(at: "/p/refresh-elsewhere/token").accessToken != nil)
    }

    @Test func `other grants and other proofs`() {
        var caller = Caller()
        let account = [("grant_type", "account_credentials")]
        let path = "/p/account-credentials/token"
        #expect(caller.token(account, at: "\(path)?account_id=a").accessToken != nil)
        #expect(caller.token(account, at: path).error == "unsupported_grant_type")
        #expect(caller.clientCredentials(at: path).error == "unsupported_grant_type")
        #expect(caller.token(account, at: "/token?account_id=a").error == "unsupported_grant_type")
        let form = "grant_type=client_credentials&client_id=demo"
        func proved(_ secret: String) -> Int {
            var fields: Fields = ["Content-Type": "application/x-www-form-urlencoded"]
            fields.append("Authorization", "Bearer \(secret)")
            return caller.send("POST", "/p/bearer-secret/token", fields, form).response.status
        }
        #expect(proved("demo-secret") == 200)
        #expect(proved("other") == 401)
    }

    @Test func `the account of a token is told to who has the token`() {
        var caller = Caller()
        let token = caller.clientCredentials().accessToken ?? ""
        let fields: Fields = ["Authorization": "Bearer \(token)"]
        #expect(caller.send("GET", "/account", fields).json["dc"] == "us1")
        let list = caller.send("GET", "/accounts", fields).json
        #expect(list.value(at: "0.tenantId") == "a-1")
        #expect(caller.send("GET", "/account?access_token=\(token)").response.status == 200)
        #expect(caller.send("GET", "/accounts").response.status == 401)
        #expect(caller.send("POST", "/account", fields).response.status == 405)
    }
}
