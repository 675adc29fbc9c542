import Config
import Credentials
import Crypto
import HTTP
import OAuth
import Testing

/// Telling a provider to end a token (RFC 7009).
@Suite struct RevocationRequestTests {
    private func make(
        _ hint: RevocationRequest.Hint = .refreshToken,
        _ change: (inout ConnectionConfiguration) -> Void = { _ in },
        fields: [String: String] = [:]
    ) throws -> RevocationRequest? {
        let connection = connection(.refreshToken) {
            $0.revokeURI = .literal("https://idp.test/revoke?v=1")
            change(&$0)
        }
        return try RevocationRequest.make(
            Secret("R&1"),
            hint,
            at: Endpoints(TemplateValues(connection, tenant: nil, fields: fields)),
            keys: SigningKeys(),
            now: now
        )
    }

    @Test func `the client proves itself as in token calls`() throws {
        let call = try #require(try make())
        #expect(call.request.target == "/revoke?v=1")
        #expect(
            String(decoding: call.request.body, as: UTF8.self)
                == "token=R%261&token_type_hint=refresh_token"
        )
        #expect(call.request.fields["Authorization"]?.hasPrefix("Basic ") == true)
        let other = try #require(
            try make(.accessToken) {
                $0.clientAuthentication = .body
                $0.tokenCalls.headers = [NamedSecret("X-Key", Secret("k"))]
            }
        )
        #expect(other.request.fields["Authorization"] == nil)
        #expect(other.request.fields["X-Key"] == "k")
        #expect(
            String(decoding: other.request.body, as: UTF8.self)
                == "token=R%261&token_type_hint=access_token&client_id=billing"
                + "&client_secret=s3cret%2F%2B+%25"
        )
    }

    @Test func `a provider without an endpoint is not called`() throws {
        #expect(try make(.refreshToken) { $0.revokeURI = nil } == nil)
    }

    @Test(arguments: [
        (200, "", RevocationOutcome.done), (204, "", .done), (200, "not JSON", .done),
        (400, #"{"error":"invalid_token"}"#, .done), (400, #"{"error":"invalid_grant"}"#, .done),
    ])
    func `a dead token is as good as a revoked one`(
        status: Int,
        body: String,
        outcome: RevocationOutcome
    ) throws {
        #expect(try read(status, body) == outcome)
    }

    @Test func `what cannot be revoked there is given up`() throws {
        let outcome = try read(400, #"{"error":"unsupported_token_type"}"#)
        guard case .refused(let message) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(message.contains("unsupported_token_type"))
    }

    @Test(arguments: [
        (503, ""), (500, #"{"error":"invalid_token"}"#), (429, ""), (408, ""), (302, ""),
        (401, #"{"error":"invalid_client"}"#), (404, ""), (400, ""),
    ])
    func `all else means that the token lives`(status: Int, body: String) throws {
        let outcome = try read(status, body, ["Retry-After": "7"])
        guard case .later(let pause, let message) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(pause == .seconds(7))
        #expect(message.contains("the revocation endpoint answered \(status)"))
    }

    @Test func `the token is not quoted`() throws {
        let body = #"{"error":"x","error_description":"R&1-and-more is R&1"}"#
        guard case .later(_, let message) = try read(400, body) else { return }
        #expect(!message.contains("s3cret"))
    }

    private func read(
        _ status: Int,
        _ body: String,
        _ fields: Fields = [:]
    ) throws -> RevocationOutcome {
        let call = try #require(try make())
        let response = Response(status: status, fields: fields, body: Array(body.utf8))
        return RevocationOutcome(response, to: call, at: now)
    }
}
