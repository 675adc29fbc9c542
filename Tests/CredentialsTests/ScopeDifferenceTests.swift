import Config
import Credentials
import Crypto
import Testing

/// What was granted against what was asked for (RFC 6749 sections 3.3 and 5.1).
@Suite struct ScopeDifferenceTests {
    private func difference(
        _ asked: [String],
        _ granted: String?,
        separator: String = " ",
        refreshToken: String? = nil
    ) -> [[String]] {
        let api = APIClientConfiguration(baseURI: .literal("https://api.test"))
        var connection = ConnectionConfiguration(name: "a", grant: .clientCredentials, api: api)
        connection.scopes = asked
        connection.scopeSeparator = separator
        var credential = Credential()
        credential.scopes = granted
        credential.refreshToken = refreshToken.map { Secret($0) }
        let difference = ScopeDifference(of: credential, for: connection)
        return [difference.missing, difference.extra]
    }

    @Test func `no order, separator or repetition makes a difference`() {
        #expect(difference(["a", "b"], "b a") == [[], []])
        #expect(difference(["a", "b"], "a,b", separator: ",") == [[], []])
        #expect(difference(["a b", "b"], "b a a") == [[], []])
        #expect(difference(["a+b"], "b a", separator: "+") == [[], []])
        #expect(difference(["a"], "A") == [["a"], ["A"]])
    }

    @Test func `narrower and wider are told apart`() {
        #expect(difference(["c", "a", "b"], "b") == [["c", "a"], []])
        #expect(difference(["b"], "c b a") == [[], ["c", "a"]])
        #expect(difference(["a"], "") == [["a"], []])
    }

    @Test func `what is not said, or was not asked for, is no difference`() {
        #expect(difference(["a", "b"], nil) == [[], []])
        #expect(difference([], "a b") == [[], []])
    }

    @Test func `a refresh token is what offline_access asks for`() {
        #expect(difference(["offline_access", "a"], "a", refreshToken: "r") == [[], []])
        #expect(difference(["offline_access", "a"], "a") == [["offline_access"], []])
    }

    @Test func `asked anew, the scopes of an older reply say nothing`() {
        var old = Credential()
        old.scopes = "old"
        let reply = TokenReply(accessToken: Secret("A"))
        let now = WallTime(seconds: Scene.wallOrigin)
        #expect(old.merged(with: reply, sentAt: now, renewal: .asksAnew).scopes == nil)
        #expect(old.merged(with: reply, sentAt: now, renewal: .refreshToken).scopes == "old")
    }
}
