import Crypto
import Support
import Testing

/// Signatures as JWS wants them (RFC 7515, RFC 7518, RFC 8037).
@Suite struct JWSTests {
    private static let keys: [(SigningAlgorithm, String, String)] = [
        (.rs256, TestKeys.rsa, TestKeys.rsaPublic), (.ps256, TestKeys.rsa, TestKeys.rsaPublic),
        (.es256, TestKeys.p256, TestKeys.p256Public),
        (.edDSA, TestKeys.ed25519, TestKeys.ed25519Public),
    ]

    @Test(arguments: keys)
    func `what a private key signs its public key verifies`(
        algorithm: SigningAlgorithm,
        own: String,
        other: String
    ) throws {
        let key = try SigningKey(pem: Secret(own), for: algorithm)
        let verifier = try VerifyingKey(pem: other, for: algorithm)
        // Halves of ECDSA signatures have leading zeros now and then.
        for number in 0..<(algorithm == .es256 ? 600 : 3) {
            let payload = #"{"jti":"\#(number)"}"#
            let text = try JWS.compact(header: #"{"alg":"x"}"#, payload: payload, signedBy: key)
            let found = try #require(JWS.verified(text.reveal(), by: verifier))
            #expect(found.header == Array(#"{"alg":"x"}"#.utf8))
            #expect(found.payload == Array(payload.utf8))
        }
    }

    /// Made with the `openssl` command.
    @Test(arguments: [
        (
            SigningAlgorithm.rs256, TestKeys.rsaPublic,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.RwZOWTjQztUCWc_ugbsQCGGo9Gog90zANuEk9ATMJs1"
                + "KOzJXoUE8VNy3HCH7zMgheby1GSZZmwLCWZg0hoGrU9QvSoGHpeQUPrben5LLiXgpHhGbJMZP2WfYS2q"
                + "1qJQcHCDgiB_tvvn8tPOSHmlW16Z8xBM6U6_j1xZO8px7Rj7VCnZyD-fUqfAw8fGBjoMNuiqOvg_IbzA"
                + "1hnsegicMNOXnRvkw7eFVVD80hTQbcc2CTUpItb4yKifDmNLW08GVqX1T22RGoV-DtVUkYVexDOojDly"
                + "u4d_7EFSK6qlT0795yfi33Iv5nH2bG0yQVCupruzPgUnRKGO_bwXXOguFtg"
        ),
        (
            .ps256, TestKeys.rsaPublic,
            "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJhIn0.ml9MqM89jfj4c_EZAC0kn1YRZ2_2WyVJAivplT-u1BP"
                + "0l-FmwtjV80kNm3CBfmTtaMx1sNXi34EV6Ip9bpI3qErLGqLl1nU0w9crWgRLp8n6gBVwqKVN_qQSx5D"
                + "dScniewegEv1KCmh6aESQWCj-D3woP_hyuxDT5ueWGo43vsQKPUmDN4LAjlr75RG1SkPIwXnD7G03idz"
                + "oKmgWJ8CWR41yDY49vJo6f1_-KJglarv5vpREqTHcGC0L8BSgis7n2JkFM0hT9SR-cuaREP1IOZYsfVw"
                + "EapCuKPS4JmjLUsLhdkgCjZNVO2ZnnsMasXEMCQI9YBqPZwT9i3vywiuyjA"
        ),
        (
            .es256, TestKeys.p256Public,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.11gpkBFzoMOUKiytdGPMUGuPA-40XyiMrfal1gWP5vF"
                + "2JV64cHVtBF9HTDdnSRWkqDukc-Xm_GGK58oR2Ymr4g"
        ),
        (
            .edDSA, TestKeys.ed25519Public,
            "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhIn0.2SrbIAHJq7seYBQDSE6qNsPllT_cZieUhV3kWWhF7nq"
                + "oB22ew6kgeg4AxX4OcWHeak3boIHdWgmwgUUEZZL9Bw"
        ),
    ])
    func `what another program signed is verified, and nothing else`(
        algorithm: SigningAlgorithm,
        key: String,
        text: String
    ) throws {
        let key = try VerifyingKey(pem: key, for: algorithm)
        #expect(JWS.verified(text, by: key)?.payload == Array(#"{"iss":"a"}"#.utf8))
        let parts = text.split(separator: ".").map(String.init)
        let other = Base64URL.encode(Array(#"{"iss":"b"}"#.utf8))
        for wrong in [
            "\(parts[0]).\(other).\(parts[2])", "\(parts[0]).\(parts[1]).",
            "\(parts[0]).\(parts[1])",
            "\(text).x", "", "...", "\(parts[0]).\(parts[1]).\(Base64URL.encode([1, 2, 3]))",
            "\(parts[0]).\(parts[1]).\(Base64URL.encode([UInt8](repeating: 0, count: 64)))",
        ] {
            #expect(JWS.verified(wrong, by: key) == nil, "\(wrong)")
        }
    }

    @Test func `an ES256 signature is two numbers of 32 bytes`() throws {
        let key = try SigningKey(pem: Secret(TestKeys.p256), for: .es256)
        let text = try JWS.compact(header: "{}", payload: "{}", signedBy: key).reveal()
        let signature = try #require(text.split(separator: ".").last.map(String.init))
        #expect(Base64URL.decode(signature)?.count == 64)
    }

    @Test(arguments: [
        (SigningAlgorithm.rs256, TestKeys.p256, "EC key on the curve prime256v1"),
        (.rs256, TestKeys.smallRSA, "RSA key of 1024 bits"),
        (.ps256, TestKeys.ed25519, "ED25519"), (.es256, TestKeys.rsa, "RSA key of 2048 bits"),
        (.es256, TestKeys.p384, "secp384r1"), (.edDSA, TestKeys.p256, "EC key"),
    ])
    func `a key of the wrong kind is named`(
        algorithm: SigningAlgorithm,
        pem: String,
        found: String
    ) {
        let error = #expect(throws: SigningKeyError.self) {
            try SigningKey(pem: Secret(pem), for: algorithm)
        }
        #expect(error?.description.contains(found) == true, "\(String(describing: error))")
        #expect(error?.description.contains(algorithm.rawValue) == true)
    }

    @Test(arguments: [
        "", "not PEM", TestKeys.encrypted, TestKeys.rsaPublic,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ])
    func `what holds no private key is refused, without asking for a password`(pem: String) {
        #expect(throws: SigningKeyError.noKey) {
            try SigningKey(pem: Secret(pem), for: .rs256)
        }
    }
}
