import Config
import Crypto
import HTTP
import JSON
import Testing

/// Connections as JSON objects, as the admin API takes them.
@Suite struct MemberTests {
    private static func members(_ text: String) throws -> ConnectionMembers {
        guard case .object(let members)? = JSONValue(json: Array(text.utf8)) else {
            throw ConfigErrors([])
        }
        return try ConnectionMembers(written: members)
    }

    private static func build(_ text: String) throws -> ConnectionConfiguration {
        try ConnectionConfiguration.build("c", of: members(text), over: TokenPolicy()).connection
    }

    private static let base = """
        "grant":"client_credentials","token_uri":"https://idp.test/token","client_id":"c",\
        "client_secret":"s","base_uri":"https://api.test"
        """

    @Test func `every form of a value says the same as in a file`() throws {
        let made = try Self.build(
            """
            {\(Self.base),"scopes":"a b","resource":"https://r.test/","keep":["x","y"],\
            "token_param":{"a":["1","2"],"b":3},"test":"GET /me expect=204","pkce":false,\
            "lookup":[["GET","https://api.test/me","id=user.id"],\
            {"method":"POST","uri":"https://api.test/x","fields":{"n":"name","m":"0.m"}}],\
            "callback_param":{"code":"auth_code"},"keep_alive":"off","concurrency":7,\
            "failure_backoff":"2s..1m","query":{"v":"1"},"default_headers":{"Accept":"text/html"}}
            """
        )
        #expect(made.scopes == ["a", "b"] && made.tokenCalls.keep == ["x", "y"])
        #expect(made.tokenCalls.resources.map(\.text) == ["https://r.test/"])
        let parameters = made.tokenCalls.parameters.map { "\($0.name)=\($0.value.reveal())" }
        #expect(parameters == ["a=1", "a=2", "b=3"])
        #expect(made.test == TestConfiguration(method: "GET", path: "/me", expectedStatus: 204))
        #expect(!made.pkce && made.tokens.concurrency == 7 && made.tokens.keepAlive == nil)
        #expect(made.tokens.failureBackoff == .seconds(2) ... .seconds(60))
        #expect(made.lookups.map(\.method) == ["GET", "POST"])
        #expect(made.lookups.map { $0.fields.map(\.name) } == [["id"], ["n", "m"]])
        #expect(made.callbackNames == [NamedText("code", "auth_code")])
        #expect(made.api.query.map(\.name) == ["v"])
        #expect(made.api.defaultHeaders.map(\.name) == ["Accept"])
    }

    @Test func `client authentication has its forms`() throws {
        let pem = "-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----"
        let made = try Self.build(
            """
            {\(Self.base),"client_auth":{"method":"private_key_jwt","key":"\(pem)","alg":"ES256",\
            "kid":"k"}}
            """
        )
        guard case .privateKeyJWT(let jwt) = made.clientAuthentication else {
            Issue.record("another form")
            return
        }
        #expect(jwt.algorithm == .es256 && jwt.keyID == "k")
        guard case .pem(let key) = jwt.key else {
            Issue.record("a path")
            return
        }
        #expect(key.reveal().contains("\nx\n"))
        for text in ["\"body\"", "{\"method\":\"body\"}", "[\"body\"]"] {
            let made = try Self.build("{\(Self.base),\"client_auth\":\(text)}")
            #expect(made.clientAuthentication == .body)
        }
    }

    @Test func `a provider fills in what is not written`() throws {
        let made = try Self.build(
            "{\"provider\":\"google\",\"client_id\":\"c\",\"client_secret\":\"s\"}"
        )
        #expect(made.grant == .authorizationCode && made.tokenURI != nil)
    }

    @Test func `a patch changes what it names and removes what is null`() throws {
        let old = try Self.members("{\(Self.base),\"headers\":{\"A\":\"1\",\"B\":\"2\"}}")
        let patch = try Self.members(
            "{\"header\":{\"A\":null,\"C\":\"3\"},\"label\":\"L\",\"client_id\":null}"
        )
        let merged = old.merged(with: patch)
        let header = merged["api_client"]?["header"]
        #expect(header?.text == "{\"B\":\"2\",\"C\":\"3\"}")
        #expect(merged["label"] == .string("L") && merged["client_id"] == nil)
        #expect(merged["api_client"]?["base_uri"] == .string("https://api.test"))
        #expect(old.merged(with: .empty) == old)
    }

    @Test func `parts that are merged are the whole again`() throws {
        let whole = try Self.members(
            """
            {\(Self.base),"field":{"k":"1"},"parameter":{"region":"eu","password":"p"},\
            "client_auth":{"method":"tls","certificate":"C","key":"K"},"headers":{"X-Token":"t"}}
            """
        )
        let parts = whole.parted
        let merged = parts.open.merged(with: parts.secret)
        for member in whole.members {
            #expect(Self.sorted(merged[member.name]) == Self.sorted(member.value))
        }
        for secret in ["\"s\"", "\"1\"", "\"p\"", "\"C\"", "\"K\"", "\"t\""] {
            #expect(!parts.open.object.text.contains(secret))
            #expect(parts.secret.object.text.contains(secret))
        }
    }

    /// The same value with members in the order of their names.
    private static func sorted(_ value: JSONValue?) -> JSONValue? {
        guard case .object(let members)? = value else { return value }
        return .object(
            members.sorted { $0.name < $1.name }.map { .init($0.name, sorted($0.value) ?? .null) }
        )
    }
}
