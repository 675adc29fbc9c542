import Config
import Credentials
import Crypto
import HTTP
import JSON
import OAuth
import Support
import Testing

/// Signed statements about a client and as a grant (RFC 7523).
@Suite struct AssertionTests {
    private static let keys: [(SigningAlgorithm, String, String)] = [
        (.rs256, TestKeys.rsa, TestKeys.rsaPublic), (.ps256, TestKeys.rsa, TestKeys.rsaPublic),
        (.es256, TestKeys.p256, TestKeys.p256Public),
        (.edDSA, TestKeys.ed25519, TestKeys.ed25519Public),
    ]

    private func make(
        _ grant: TokenGrant = .clientCredentials,
        _ change: (inout ConnectionConfiguration) -> Void
    ) throws -> [String: String] {
        var keys = SigningKeys()
        let key = try SigningKey(pem: Secret(TestKeys.p256), for: .es256)
        keys.client = key
        keys.assertion = key
        let connection = connection(.clientCredentials, change)
        let call = try TokenRequest.make(
            grant,
            at: Endpoints(TemplateValues(connection, tenant: nil, fields: [:])),
            keys: keys,
            now: now
        )
        #expect(call.request.fields["Authorization"] == nil || grant.word == "jwtBearer")
        let items = FormEncoding.decode(String(decoding: call.request.body, as: UTF8.self)) ?? []
        return Dictionary(items, uniquingKeysWith: { first, _ in first })
    }

    private func claims(_ text: String?) throws -> (header: JSONValue, payload: JSONValue) {
        let key = try VerifyingKey(pem: TestKeys.p256Public, for: .es256)
        let text = try #require(text)
        let signed = try #require(JWS.verified(text, by: key))
        return (
            try #require(JSONValue(json: signed.header)),
            try #require(JSONValue(json: signed.payload))
        )
    }

    private func proving(
        _ change: (inout ClientAuthentication.PrivateKeyJWT) -> Void = { _ in }
    ) -> (inout ConnectionConfiguration) -> Void {
        var jwt = ClientAuthentication.PrivateKeyJWT(key: .path("k"), algorithm: .es256)
        change(&jwt)
        return { $0.clientAuthentication = .privateKeyJWT(jwt) }
    }

    @Test func `a client proves itself for one call, and sends no secret`() throws {
        let sent = try make(.clientCredentials, proving { $0.keyID = "k1" })
        #expect(sent["client_id"] == "billing")
        #expect(sent["client_secret"] == nil)
        #expect(
            sent["client_assertion_type"]
                == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        )
        let (header, payload) = try claims(sent["client_assertion"])
        #expect(header == JSONValue(json: Array(#"{"alg":"ES256","typ":"JWT","kid":"k1"}"#.utf8)))
        #expect(payload["iss"] == "billing" && payload["sub"] == "billing")
        #expect(payload["aud"] == "https://idp.test/oauth2/token?v=1")
        #expect(payload["iat"] == .number("784111777"))
        let life = try #require(payload["exp"]?.numericValue) - 784_111_777
        #expect(life > 0 && life <= 300)
    }

    @Test func `no two proofs are the same, refreshes have one too`() throws {
        let grants: [TokenGrant] = [.clientCredentials, .refreshToken(Secret("R"))]
        let numbers = try (grants + grants).map { grant in
            try claims(try make(grant, proving())["client_assertion"]).payload["jti"]
        }
        #expect(Set(numbers.compactMap { $0?.string }).count == 4)
    }

    @Test func `the issuer is the audience where it is known, and what is written wins`() throws {
        let issuer: (inout ConnectionConfiguration) -> Void = {
            proving()(&$0)
            $0.issuer = URI("https://idp.test")
        }
        #expect(
            try claims(make(.clientCredentials, issuer)["client_assertion"]).payload["aud"]
                == "https://idp.test"
        )
        let written: (inout ConnectionConfiguration) -> Void = {
            proving { $0.audience = "x y" }(&$0)
            $0.issuer = URI("https://idp.test")
        }
        #expect(
            try claims(make(.clientCredentials, written)["client_assertion"]).payload["aud"]
                == "x y"
        )
    }

    @Test(arguments: keys)
    func `each algorithm names itself`(
        algorithm: SigningAlgorithm,
        own: String,
        other: String
    ) throws {
        let connection = connection(.jwtBearer)
        let text = try Assertion.grant(
            AssertionConfiguration(key: .path("k"), algorithm: algorithm),
            of: connection,
            to: "https://idp.test",
            signedBy: try SigningKey(pem: Secret(own), for: algorithm),
            at: now
        )
        let verifier = try VerifyingKey(pem: other, for: algorithm)
        let signed = try #require(JWS.verified(text.reveal(), by: verifier))
        #expect(JSONValue(json: signed.header)?["alg"] == .string(algorithm.rawValue))
    }

    @Test func `a grant's assertion says what is written, with the scopes inside`() throws {
        var assertion = AssertionConfiguration(key: .path("k"), algorithm: .es256)
        assertion.issuer = "robot@example.com"
        assertion.subject = "boss@example.com"
        assertion.audience = "https://oauth2.googleapis.com/token"
        assertion.keyID = "k2"
        assertion.lifetime = .seconds(3600)
        let sent = try make(.jwtBearer) {
            $0.clientID = nil
            $0.clientSecret = nil
            $0.scopes = ["a", "b"]
            $0.assertion = assertion
        }
        #expect(sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        #expect(sent["scope"] == "a b")
        let (header, payload) = try claims(sent["assertion"])
        #expect(header["kid"] == "k2")
        #expect(payload["iss"] == "robot@example.com")
        #expect(payload["sub"] == "boss@example.com")
        #expect(payload["aud"] == "https://oauth2.googleapis.com/token")
        #expect(payload["scope"] == "a b")
        #expect(payload["exp"] == .number("784115377"))
    }

    @Test func `an assertion without a subject has no such claim`() throws {
        let assertion = AssertionConfiguration(key: .path("k"), algorithm: .es256)
        let payload = try claims(make(.jwtBearer) { $0.assertion = assertion }["assertion"]).payload
        #expect(payload["iss"] == "billing")
        #expect(payload["sub"] == nil && payload["scope"] == nil)
        #expect(payload["aud"] == "https://idp.test/oauth2/token?v=1")
    }

    @Test func `the password grant sends what is written`() throws {
        let sent = try make(.password) {
            $0.clientAuthentication = .none
            $0.username = Secret("person")
            $0.password = Secret("p&ss")
        }
        #expect(sent["grant_type"] == "password")
        #expect(sent["username"] == "person" && sent["password"] == "p&ss")
    }

    @Test func `without a key nothing is sent`() {
        let values = TemplateValues(
            connection(.clientCredentials, proving()),
            tenant: nil,
            fields: [:]
        )
        #expect(throws: TokenRequestError.noKey) {
            try TokenRequest.make(
                .clientCredentials,
                at: Endpoints(values),
                keys: SigningKeys(),
                now: now
            )
        }
    }
}

extension TokenGrant {
    /// The kind in a word.
    fileprivate var word: String {
        if case .jwtBearer = self { "jwtBearer" } else { "other" }
    }
}
