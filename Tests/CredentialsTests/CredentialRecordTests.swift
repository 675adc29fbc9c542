import Credentials
import Crypto
import FoundationEssentials
import Testing

@Suite struct CredentialRecordTests {
    private var full: Credential {
        var credential = Credential()
        credential.accessToken = Secret("A!|~")
        credential.tokenType = "bot"
        credential.obtainedAt = WallTime(seconds: 1.25)
        credential.expiresAt = WallTime(seconds: 3601.25)
        credential.lifetime = 3600
        credential.refreshToken = Secret("R")
        credential.refreshExpiresAt = WallTime(seconds: 9e9)
        credential.scopes = "a b"
        credential.fields = ["team": "Zoë"]
        credential.generation = 7
        credential.status = .needsAuthorization
        credential.lastError = CredentialFault(
            code: "configuration",
            message: "mend it",
            at: WallTime(seconds: 2)
        )
        credential.intent = Intent(startedAt: WallTime(seconds: 3))
        credential.seed = SeedFingerprint(client: "aa", request: "cc", refreshToken: "bb")
        credential.seedConsumed = true
        credential.withdrawals = [
            Withdrawal(
                refreshToken: Secret("R0"),
                accessToken: Secret("A0"),
                fields: ["team": "1"],
                parameters: ["shop": "a"],
                since: WallTime(seconds: 4)
            ),
            Withdrawal(refreshToken: nil, accessToken: Secret("A9"), since: WallTime(seconds: 5)),
        ]
        return credential
    }

    @Test func `a credential survives being stored`() throws {
        for credential in [full, Credential()] {
            let data = try JSONEncoder().encode(CredentialRecord(credential))
            let record = try JSONDecoder().decode(CredentialRecord.self, from: data)
            #expect(try record.credential() == credential)
        }
    }

    @Test func `a record of before the way of asking was noted says nothing of it`() throws {
        let text =
            #"{"version":1,"generation":2,"status":"connected","seed":{"client":"aa"}}"#
        let record = try JSONDecoder().decode(CredentialRecord.self, from: Data(text.utf8))
        let seed = SeedFingerprint(client: "aa", request: nil, refreshToken: nil)
        #expect(try record.credential().seed == seed)
    }

    @Test func `unknown members are passed over`() throws {
        let text = #"{"version":1,"generation":2,"status":"connected","new":{"a":[1]}}"#
        let record = try JSONDecoder().decode(CredentialRecord.self, from: Data(text.utf8))
        #expect(try record.credential().generation == 2)
    }

    @Test(arguments: [
        #"{"version":2,"generation":2,"status":"connected"}"#,
        #"{"version":0,"generation":2,"status":"connected"}"#,
        #"{"version":1,"generation":-1,"status":"connected"}"#,
        #"{"version":1,"generation":2,"status":"happy"}"#,
    ])
    func `a record that this version cannot understand is refused`(text: String) throws {
        let record = try JSONDecoder().decode(CredentialRecord.self, from: Data(text.utf8))
        #expect(throws: StoreError.self) { try record.credential() }
    }

    @Test func `a credential does not print its tokens`() {
        let text = String(describing: full) + String(reflecting: full)
        #expect(!text.contains("A!|~"))
        #expect(text.contains(Secret.redacted))
    }
}
