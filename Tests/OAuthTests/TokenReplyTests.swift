import Config
import Credentials
import Crypto
import HTTP
import JSON
import OAuth
import Testing

/// What good answers hold, in all the forms that providers give them.
@Suite struct TokenReplyTests {
    @Test func `a plain reply is read whole`() throws {
        let reply = try reply(
            #"{"access_token":"a!|~","token_type":"Bearer","expires_in":3600,"#
                + #""refresh_token":"r","scope":"read write","refresh_expires_in":86400}"#
        )
        #expect(reply?.accessToken == Secret("a!|~"))
        #expect(reply?.tokenType == "Bearer")
        #expect(reply?.lifetime == 3600)
        #expect(reply?.refreshToken == Secret("r"))
        #expect(reply?.scopes == "read write")
        #expect(reply?.refreshLifetime == 86_400)
    }

    @Test func `a form is read like JSON, whatever it calls itself`() throws {
        let form = "access_token=gho_1&expires_in=28800&refresh_token=ghr_1&scope=repo%2Cgist\n"
        let reply = try reply(form)
        #expect(reply?.accessToken == Secret("gho_1"))
        #expect(reply?.lifetime == 28_800)
        #expect(reply?.scopes == "repo gist")
        let labelled = try outcome(200, form, fields: ["Content-Type": "application/json"])
        #expect(labelled.word == "success")
    }

    @Test func `a mark of byte order and space around are passed over`() throws {
        let body = [0xEF, 0xBB, 0xBF] + Array("\r\n {\"access_token\":\"a\"} \n".utf8)
        #expect(try outcome(200, body).word == "success")
    }

    @Test(arguments: [
        ("3600", 3600.0 as Double?), ("3599.5", 3599.5), ("\"3600\"", 3600), ("\" 60 \"", 60),
        ("1e3", 1000), ("null", nil), ("0", nil), ("-1", nil), ("\"\"", nil), ("\"soon\"", nil),
        ("true", nil), ("[]", nil), ("{}", nil), ("1e999", nil), ("\"nan\"", nil),
        ("\"infinity\"", nil), ("\"0x10\"", nil),
    ])
    func `expires_in is a life if it can be one`(text: String, expected: Double?) throws {
        let reply = try reply(#"{"access_token":"a","expires_in":\#(text)}"#)
        #expect(reply != nil)
        #expect(reply?.lifetime == expected)
    }

    @Test func `a life beyond belief is unknown once it is merged`() throws {
        let reply = try reply(#"{"access_token":"a","expires_in":1e18}"#)
        let merged = reply.map {
            Credential().merged(with: $0, sentAt: now, renewal: .refreshToken)
        }
        #expect(merged?.accessToken == Secret("a"))
        #expect(merged?.lifetime == nil)
        #expect(merged?.expiresAt == nil)
    }

    @Test(arguments: [
        ("1795302000", 1_795_302_000.0 as Double?), ("1795302000.5", 1_795_302_000.5),
        ("1795302000123", 1_795_302_000.123), ("\"1795302000\"", 1_795_302_000),
        ("\"2026-11-21T23:00:00Z\"", 1_795_302_000), ("null", nil), ("0", nil), ("-5", nil),
        ("\"never\"", nil), ("{}", nil),
    ])
    func `expires_at is seconds, milliseconds or ISO 8601`(text: String, expected: Double?) throws {
        let reply = try reply(#"{"access_token":"a","expires_at":\#(text)}"#)
        #expect(reply != nil)
        #expect(reply?.expiresAt == expected.map(WallTime.init(seconds:)))
    }

    @Test func `expires_unit ms divides lives`() throws {
        let milliseconds = connection { $0.tokenCalls.expiresUnit = .milliseconds }
        let reply = try reply(#"{"access_token":"a","expires_in":3600000}"#, milliseconds)
        #expect(reply?.lifetime == 3600)
    }

    @Test(arguments: [
        (#""scope":"a b""#, "a b" as String?), (#""scope":"a,b,  c""#, "a b c"),
        (#""scope":["a","b"]"#, "a b"), (#""scopes":["a","b"]"#, "a b"),
        (#""scopes":"a b""#, "a b"), (#""scope":"""#, ""), (#""scope":null"#, nil),
        (#""scope":7"#, nil), (#""scope":[1,"a"]"#, "a"),
    ])
    func `scopes come as text or array, under either name`(text: String, expected: String?) throws {
        #expect(try reply(#"{"access_token":"a",\#(text)}"#)?.scopes == expected)
    }

    @Test func `scopes may stand between what the connection writes between them`() throws {
        let plus = connection { $0.scopeSeparator = "+" }
        let reply = try reply(#"{"access_token":"a","scope":"a:x+b c"}"#, plus)
        #expect(reply?.scopes == "a:x b c")
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bot", "user", "JWT", ""])
    func `token types that are odd or missing are normal`(type: String) throws {
        #expect(try reply(#"{"access_token":"a","token_type":"\#(type)"}"#) != nil)
    }

    @Test(arguments: ["mac", "DPoP", "MAC", "dpop", "pop"])
    func `a type that needs another scheme is of no use under Bearer`(type: String) throws {
        let body = #"{"access_token":"a","token_type":"\#(type)"}"#
        #expect(try outcome(200, body).word == "transient")
        let other = connection { $0.api.headers = [NamedTemplate("X-Token", .literal("x"))] }
        #expect(try reply(body, other) != nil)
    }

    @Test func `fields are found at the paths of the configuration`() throws {
        let slack = connection {
            $0.tokenCalls.fieldPaths = [
                NamedText("access_token", "authed_user.access_token"),
                NamedText("scope", "authed_user.scope"),
            ]
            $0.tokenCalls.keep = ["team.id", "ok", "n", "gone", "list"]
        }
        let reply = try reply(
            #"{"ok":true,"access_token":"bot","n":12345678901234567890,"list":[1],"#
                + #""team":{"id":"T1"},"authed_user":{"access_token":"user","scope":"x"}}"#,
            slack
        )
        #expect(reply?.accessToken == Secret("user"))
        #expect(reply?.scopes == "x")
        #expect(
            reply?.fields == ["team.id": "T1", "ok": "true", "n": "12345678901234567890"]
        )
    }

    @Test(arguments: [#"a\r\nX: y"#, #"a\nb"#, #"a\u0000b"#])
    func `a kept field that could end a header is left out`(text: String) throws {
        let keeping = connection { $0.tokenCalls.keep = ["url"] }
        let reply = try reply(#"{"access_token":"a","url":"\#(text)"}"#, keeping)
        #expect(reply?.fields.isEmpty == true)
    }

    @Test func `an empty refresh token is none`() throws {
        for text in ["\"\"", "null", "{}"] {
            let reply = try reply(#"{"access_token":"a","refresh_token":\#(text)}"#)
            #expect(reply?.accessToken == Secret("a"))
            #expect(reply?.refreshToken == nil)
        }
    }

    @Test(arguments: [
        (#"{"error":"invalid_grant"}"#, "has no access token, but the error invalid_grant"),
        (#"{"error":"two words"}"#, "has no access token"),
        (#"{"error":{}}"#, "has no access token"),
    ])
    func `an error that a connector's function passed on is told`(text: String, end: String) throws
    {
        let value = try #require(JSONValue(json: Array(text.utf8)))
        guard
            case .transient(_, "connector", let message) = TokenResponse.read(
                value,
                for: connection()
            )
        else {
            Issue.record("no transient failure")
            return
        }
        #expect(message.hasSuffix(end), "\(message)")
    }
}
