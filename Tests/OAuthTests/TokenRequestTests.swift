import JSON
import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Testing

@Suite struct TokenRequestTests {
    private func make(
        _ grant: TokenGrant = .clientCredentials,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in },
        tenant: String? = nil,
        fields: [String: String] = [:]
    ) throws -> TokenRequest {
        let values = TemplateValues(
            connection(.clientCredentials, change),
            tenant: tenant,
            fields: fields
        )
        return try TokenRequest.make(
            grant,
            at: Endpoints(values),
            keys: SigningKeys(),
            now: now
        )
    }

    private func body(_ call: TokenRequest) -> String {
        String(decoding: call.request.body, as: UTF8.self)
    }

    @Test func `client credentials are a form, with Basic credentials encoded first`() throws {
        let call = try make { $0.scopes = ["read", "write"] }
        #expect(call.uri.text == "https://idp.test/oauth2/token?v=1")
        #expect(call.request.method == "POST")
        #expect(call.request.target == "/oauth2/token?v=1")
        let basic = Base64.encode(Array("billing:s3cret%2F%2B+%25".utf8))
        #expect(
            call.request.fields == [
                "Accept": "application/json", "User-Agent": "attache",
                "Authorization": "Basic \(basic)",
                "Content-Type": "application/x-www-form-urlencoded",
            ]
        )
        #expect(body(call) == "grant_type=client_credentials&scope=read+write")
    }

    @Test func `raw encoding leaves id and secret as they are`() throws {
        let call = try make { $0.clientAuthentication = .headers(encoding: .raw) }
        let basic = Base64.encode(Array("billing:s3cret/+ %".utf8))
        #expect(call.request.fields["Authorization"] == "Basic \(basic)")
    }

    @Test func `an id with colon and equals sign stays one id`() throws {
        let call = try make {
            $0.clientID = "a:b=c"
            $0.clientSecret = Secret("d=e")
        }
        let basic = Base64.encode(Array("a%3Ab%3Dc:d%3De".utf8))
        #expect(call.request.fields["Authorization"] == "Basic \(basic)")
    }

    @Test(arguments: [
        (ClientAuthentication.body, false, "&client_id=billing&client_secret=s3cret%2F%2B+%25"),
        (.both, true, "&client_id=billing&client_secret=s3cret%2F%2B+%25"),
        (.none, false, "&client_id=billing"),
        (.headers(encoding: .form), true, ""),
    ])
    func `the client proves itself in one way, in refreshes too`(
        way: ClientAuthentication,
        inHeader: Bool,
        inBody: String
    ) throws {
        let first = try make { $0.clientAuthentication = way }
        #expect((first.request.fields["Authorization"] != nil) == inHeader)
        #expect(body(first) == "grant_type=client_credentials" + inBody)
        let refresh = try make(.refreshToken(Secret("R&1"))) { $0.clientAuthentication = way }
        #expect((refresh.request.fields["Authorization"] != nil) == inHeader)
        #expect(body(refresh) == "grant_type=refresh_token&refresh_token=R%261" + inBody)
    }

    @Test func `a public client says who it is and proves nothing`() throws {
        let call = try make { $0.clientSecret = nil }
        #expect(call.request.fields["Authorization"] == nil)
        #expect(body(call) == "grant_type=client_credentials&client_id=billing")
    }

    @Test func `a refresh goes to its own URI and asks for no scopes`() throws {
        let call = try make(.refreshToken(Secret("R1"))) {
            $0.refreshURI = .literal("https://idp.test:8443/refresh")
            $0.scopes = ["read"]
        }
        #expect(call.uri.port == 8443)
        #expect(call.request.target == "/refresh")
        #expect(body(call) == "grant_type=refresh_token&refresh_token=R1")
    }

    @Test func `parameters, resources and renamings appear where they belong`() throws {
        let change: (inout ConnectionConfiguration) -> Void = {
            $0.scopes = ["a", "b"]
            $0.scopeSeparator = ","
            $0.tokenCalls.resources = [URI("https://r1.test/"), URI("https://r2.test/")]
                .compactMap(\.self)
            $0.tokenCalls.parameters = [
                NamedSecret("audience", Secret("x y")), NamedSecret("lang", Secret("de")),
            ]
            $0.tokenCalls.refreshParameters = [
                NamedSecret("lang", Secret("fr")), NamedSecret("scope", Secret("a")),
            ]
            $0.tokenCalls.renames = [NamedText("refresh_token", "token")]
            $0.tokenCalls.headers = [
                NamedSecret("X-Key", Secret("k")), NamedSecret("accept", Secret("text/plain")),
            ]
            $0.clientAuthentication = .none
        }
        let first = try make(.clientCredentials, change)
        #expect(
            body(first) == "grant_type=client_credentials&scope=a%2Cb"
                + "&resource=https%3A%2F%2Fr1.test%2F&resource=https%3A%2F%2Fr2.test%2F"
                + "&client_id=billing&audience=x+y&lang=de"
        )
        #expect(first.request.fields.all("accept") == ["text/plain"])
        #expect(first.request.fields["X-Key"] == "k")
        let refresh = try make(.refreshToken(Secret("R1")), change)
        #expect(
            body(refresh) == "grant_type=refresh_token&token=R1"
                + "&resource=https%3A%2F%2Fr1.test%2F&resource=https%3A%2F%2Fr2.test%2F"
                + "&client_id=billing&audience=x+y&lang=fr&scope=a"
        )
    }

    @Test func `a parameter of the configuration replaces the standard one`() throws {
        let call = try make {
            $0.clientAuthentication = .none
            $0.tokenCalls.parameters = [
                NamedSecret("grant_type", Secret("account_credentials"))
            ]
        }
        #expect(body(call) == "client_id=billing&grant_type=account_credentials")
    }

    @Test func `a JSON body holds texts, and an array for what repeats`() throws {
        let call = try make {
            $0.tokenCalls.body = .json
            $0.clientAuthentication = .body
            $0.clientSecret = Secret("q\"\\\n\u{1}é")
            $0.tokenCalls.resources = [URI("https://a.test"), URI("https://b.test")]
                .compactMap(\.self)
        }
        #expect(call.request.fields["Content-Type"] == "application/json")
        #expect(
            body(call) == #"{"grant_type":"client_credentials","resource":["https://a.test","#
                + #""https://b.test"],"client_id":"billing","client_secret":"q\"\\\n\u0001é"}"#
        )
        #expect(TokenBody(call.request.body).object?["client_secret"] == .string("q\"\\\n\u{1}é"))
    }

    @Test func `a query joins the one that the URI has`() throws {
        let call = try make { $0.tokenCalls.body = .query }
        #expect(call.request.target == "/oauth2/token?v=1&grant_type=client_credentials")
        #expect(call.request.body.isEmpty)
        #expect(call.request.fields["Content-Type"] == nil)
        let bare = try make {
            $0.tokenCalls.body = .query
            $0.tokenURI = .literal("https://idp.test")
        }
        #expect(bare.request.target == "/?grant_type=client_credentials")
    }

    @Test func `an authorization code is exchanged with its verifier`() throws {
        let grant = TokenGrant.authorizationCode(
            Secret("c/1"),
            redirectURI: "https://us.test/oauth-callback",
            verifier: Secret("v")
        )
        #expect(
            body(try make(grant)) == "grant_type=authorization_code&code=c%2F1"
                + "&redirect_uri=https%3A%2F%2Fus.test%2Foauth-callback&code_verifier=v"
        )
    }

    @Test func `the account's fields fill in the endpoint`() throws {
        let change: (inout ConnectionConfiguration) -> Void = {
            $0.tokenURI = try? Template("https://{{shop}}.idp.test/{{tenant}}/token?r={{region}}")
            $0.api.allowHosts = [HostPattern("*.idp.test")].compactMap(\.self)
            $0.parameters = [NamedText("region", "e u"), NamedText("shop", "none")]
        }
        let call = try make(.clientCredentials, change, tenant: "a/b", fields: ["shop": "tea"])
        #expect(call.uri.text == "https://tea.idp.test/a%2Fb/token?r=e%20u")
        #expect(!call.destination.isNamed)
        #expect(try make(.clientCredentials, change, tenant: "t").destination.isNamed)
        #expect(throws: TokenRequestError.endpoint(.missing(field: "tenant"))) {
            try make(.clientCredentials, change, fields: ["shop": "tea"])
        }
        #expect(throws: TokenRequestError.endpoint(.hostNotAllowed("tea.evil.test"))) {
            let elsewhere = try Template("https://{{shop}}.evil.test/")
            return try make(
                .clientCredentials,
                { $0.tokenURI = elsewhere },
                fields: ["shop": "tea"]
            )
        }
    }

    @Test func `what cannot be made says why`() {
        #expect(throws: TokenRequestError.noTokenURI) { try make { $0.tokenURI = nil } }
        #expect(throws: TokenRequestError.noClientID) { try make { $0.clientID = nil } }
        #expect(throws: TokenRequestError.badHeader(name: "X")) {
            try make { $0.tokenCalls.headers = [NamedSecret("X", Secret("a\r\nb"))] }
        }
    }
}
