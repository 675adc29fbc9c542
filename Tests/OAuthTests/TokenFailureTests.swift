import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Testing

/// What bad answers lead to.
@Suite struct TokenFailureTests {
    @Test(arguments: [
        "", " ", "null", "[]", "\"a\"", "1", "<html>access_token=x</html>", "{", "{}",
        #"{"access_token":"#, #"{"access_token":null}"#, #"{"access_token":""}"#,
        #"{"access_token":7}"#, #"{"access_token":["a"]}"#, #"{"access_token":{"a":"b"}}"#,
        #"{"access_token":"a","access_token":"b"}"#, "access_token=a&access_token=b",
        "access_token=", "access_token=%zz", "token=a", "access_token=a b",
        #"{"access_token":"a b"}"#, #"{"access_token":"a\r\nX: y"}"#,
        #"{"access_token":"a\u0000"}"#,
        #"{"access_token":"é"}"#, #"{"access_token":"a\u007f"}"#, #"{"access_token":"\t"}"#,
        #"{"access_token":"a","refresh_token":"r\n"}"#, #"[{"access_token":"a"}]"#,
        #"{"data":{"access_token":"a"}}"#,
    ])
    func `a 200 without a usable token is a failure that may pass`(body: String) throws {
        #expect(try outcome(200, body).word == "transient")
    }

    @Test func `an answer that is too large or too deep is refused`() throws {
        let head = #"{"access_token":"a","x":""#
        let large = head + String(repeating: "x", count: 256 * 1024) + "\"}"
        #expect(try outcome(200, large).word == "transient")
        let fits = head + String(repeating: "x", count: 1000) + "\"}"
        #expect(try outcome(200, fits).word == "success")
        let deep =
            #"{"access_token":"a","x":"# + String(repeating: "[", count: 33)
            + String(repeating: "]", count: 33) + "}"
        #expect(try outcome(200, deep).word == "transient")
    }

    @Test(arguments: [
        (200, #"{"error":"invalid_grant"}"#, "invalid grant"),
        (200, #"{"error":"bad_refresh_token"}"#, "invalid grant"),
        (200, "error=bad_refresh_token&error_description=x", "invalid grant"),
        (200, #"{"ok":false,"error":"invalid_refresh_token"}"#, "invalid grant"),
        (200, #"{"ok":false,"error":"ratelimited"}"#, "transient"),
        (200, #"{"ok":false,"access_token":"a"}"#, "unexplained"),
        (200, #"{"error":"invalid_client","access_token":"a"}"#, "configuration invalid_client"),
        (200, #"{"error":"odd"}"#, "unexplained"),
        (200, #"{"error":"","access_token":"a"}"#, "success"),
        (200, #"{"error":null,"ok":true,"access_token":"a"}"#, "success"),
        (200, #"{"error":false,"access_token":"a"}"#, "success"),
        (201, #"{"access_token":"a"}"#, "success"),
        (204, "", "transient"),
        (400, #"{"error":"invalid_grant"}"#, "invalid grant"),
        (401, #"{"error":"invalid_client"}"#, "configuration invalid_client"),
        (400, #"{"error":"unauthorized_client"}"#, "configuration unauthorized_client"),
        (400, #"{"error":"invalid_scope"}"#, "configuration invalid_scope"),
        (400, #"{"error":"temporarily_unavailable"}"#, "transient"),
        (400, "", "unexplained"), (404, "<html>", "unexplained"), (401, "nope", "unexplained"),
        (400, #"{"access_token":"a"}"#, "unexplained"),
        (400, #"{"error":"invalid_grant","error":"x"}"#, "unexplained"),
        (400, #"{"error":{"type":"OAuthException","message":"m","code":190}}"#, "unexplained"),
        (408, #"{"error":"invalid_grant"}"#, "transient"),
        (429, #"{"error":"invalid_grant"}"#, "transient"),
        (500, #"{"error":"invalid_grant"}"#, "transient"),
        (503, #"{"access_token":"a"}"#, "transient"),
        (302, #"{"access_token":"a"}"#, "transient"), (304, "", "transient"),
        (100, "", "transient"), (0, "", "transient"), (999, "", "transient"),
    ])
    func `status and error decide together`(status: Int, body: String, word: String) throws {
        #expect(try outcome(status, body).word == word)
    }

    @Test func `a redirect says that it is not followed`() throws {
        let message = try outcome(302, "", fields: ["Location": "https://evil.test/"]).message
        #expect(message.contains("302"))
        #expect(message.contains("not followed"))
    }

    @Test(arguments: [429, 408, 500, 503, 200])
    func `a Retry-After comes through with every failure that may pass`(status: Int) throws {
        guard
            case .transient(let pause, _, _) = try outcome(
                status,
                "",
                fields: ["retry-after": "17"]
            )
        else { return #expect(Bool(false)) }
        #expect(pause == .seconds(17))
    }

    @Test func `a message quotes the provider`() throws {
        let body = #"{"error":"invalid_grant","error_description":"Token has been revoked."}"#
        let expected = "the token endpoint answered 400 (invalid_grant: Token has been revoked.)"
        #expect(try outcome(400, body).message == expected)
    }

    @Test(arguments: [
        "token RT-0123456789 is unknown", "RT-0123456", "x s3cret/+ % y", "at xT-01234567!",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", String(repeating: "a1", count: 30),
    ])
    func `a message never quotes a secret or what looks like one`(text: String) throws {
        let body = #"{"error":"invalid_grant","error_description":"\#(text)"}"#
        let message = try outcome(400, body).message
        for secret in ["0123456", "s3cret", "eyJhbGci", "a1a1a1a1"] {
            #expect(!message.contains(secret), "\(message)")
        }
        let coded = try outcome(400, #"{"error":"\#(text)"}"#).message
        #expect(!coded.contains("0123456"))
    }

    @Test func `a secret that looks like an error's name does not change the outcome`() throws {
        let odd = connection { $0.clientSecret = Secret("client") }
        let outcome = try outcome(401, #"{"error":"invalid_client"}"#, odd)
        #expect(outcome.word == "configuration invalid_client")
    }

    @Test func `a description loses its control characters and its length`() throws {
        let text =
            #"a\r\nb\u0000c\u001b[31m\u202ed\u2028e "# + String(repeating: "long ", count: 90)
        let body = #"{"error":"invalid_grant","error_description":"\#(text)"}"#
        let message = try outcome(400, body).message
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
        #expect(message.contains("a b c [31m d e long"))
        #expect(message.count < 300)
    }
}
