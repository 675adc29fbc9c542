import Credentials
import Crypto
import Testing

/// What a provider is still to be told of tokens that were taken away.
@Suite struct WithdrawalTests {
    private static let now = WallTime(seconds: 100)

    private func rules(telling: Bool = true) -> FlightRules {
        var rules = Scene.rules()
        rules.tellsRevocations = telling
        return rules
    }

    private var credential: Credential {
        var credential = Credential()
        credential.accessToken = Secret("A1")
        credential.refreshToken = Secret("R1")
        credential.fields = ["site": "a"]
        credential.generation = 3
        credential.status = .connected
        return credential
    }

    @Test func `a revocation takes the tokens out of use, and keeps them to be told of`() {
        let revoked = credential.revoked(by: rules(), at: Self.now)
        #expect(revoked.accessToken == nil && revoked.refreshToken == nil)
        #expect(revoked.fields.isEmpty && revoked.generation == 4)
        #expect(
            revoked.withdrawals == [
                Withdrawal(
                    refreshToken: Secret("R1"),
                    accessToken: Secret("A1"),
                    fields: ["site": "a"],
                    since: Self.now
                )
            ]
        )
        let deleted = credential.deleted(by: rules(), at: Self.now)
        #expect(deleted.withdrawals == revoked.withdrawals)
        #expect(deleted.status == .neverConnected)
    }

    @Test func `an account's parameters and fields go with its tokens, old and new`() {
        var credential = credential
        credential.connector = ConnectorState(
            parameters: ["shop": "a"],
            members: Secret("{}"),
            client: nil
        )
        let old = credential.revoked(by: rules(), at: Self.now).withdrawals.first
        #expect(old?.parameters == ["shop": "a"])
        var reply = TokenReply(accessToken: Secret("A2"))
        reply.refreshToken = Secret("R2")
        reply.fields = ["team": "b"]
        #expect(
            credential.withdrawal(of: reply, at: Self.now)
                == Withdrawal(
                    refreshToken: Secret("R2"),
                    accessToken: Secret("A2"),
                    fields: ["site": "a", "team": "b"],
                    parameters: ["shop": "a"],
                    since: Self.now
                )
        )
    }

    @Test func `nothing is kept where nobody can be told`() {
        #expect(credential.revoked(by: rules(telling: false), at: Self.now).withdrawals.isEmpty)
        #expect(credential.deleted(by: rules(telling: false), at: Self.now).withdrawals.isEmpty)
        #expect(Credential().revoked(by: rules(), at: Self.now).withdrawals.isEmpty)
    }

    @Test func `what is owed outlasts reconnections and more revocations, up to a limit`() {
        var credential = credential
        for number in 0..<20 {
            credential = credential.revoked(by: rules(), at: Self.now)
            credential = credential.imported(
                accessToken: Secret("A\(number)"),
                expiresAt: nil,
                refreshToken: nil,
                by: rules(),
                at: Self.now
            )
        }
        #expect(credential.withdrawals.count == Withdrawal.keptMax)
        #expect(credential.withdrawals.last?.accessToken == Secret("A18"))
        #expect(credential.accessToken == Secret("A19"))
        let deleted = credential.deleted(by: rules(), at: Self.now)
        #expect(deleted.withdrawals.last?.accessToken == Secret("A19"))
    }
}

/// Grants whose values stand in the file, and that have refresh tokens all the same.
@Suite struct RefreshOrAnewTests {
    private static let refused = TokenOutcome.invalidGrant(message: "no")

    @Test func `the first token is asked for, the next ones are refreshed`() {
        var scene = Scene(.refreshTokenOrAnew)
        #expect(scene.refresh(at: 0, Scene.reply("A1", refresh: "R1")).sent == ["-"])
        #expect(scene.stored?.refreshToken == Secret("R1"))
        let (end, sent) = scene.refresh(at: 3600, Scene.reply("A2", refresh: "R2"))
        #expect(end?.word == "refreshed A2")
        #expect(sent == ["R1"])
        #expect(scene.stored?.refreshToken == Secret("R2"))
    }

    @Test func `a refused refresh token is no reason to call a person`() {
        var scene = Scene(.refreshTokenOrAnew)
        _ = scene.refresh(at: 0, Scene.reply("A1", refresh: "R1"))
        let flight = scene.takeOff(3600)
        let (end, sent) = scene.fly(flight, at: 3600, Self.refused, Scene.reply("A2"))
        #expect(end?.word == "refreshed A2")
        #expect(sent == ["R1", "-"])
        #expect(scene.stored?.refreshToken == nil)
        #expect(scene.stored?.intent == nil)
    }

    @Test func `values that are refused themselves need mending`() {
        var scene = Scene(.refreshTokenOrAnew)
        _ = scene.refresh(at: 0, Scene.reply("A1", refresh: "R1"))
        let flight = scene.takeOff(3600)
        let (_, sent) = scene.fly(flight, at: 3600, Self.refused, Self.refused)
        #expect(sent == ["R1", "-"])
        #expect(scene.ask(3601) == "person: configuration")
    }

    @Test func `other values in the file drop the refresh token of the old ones`() {
        var scene = Scene(.refreshTokenOrAnew)
        _ = scene.refresh(at: 0, Scene.reply("A1", refresh: "R1"))
        let rules = Scene.rules(.refreshTokenOrAnew, secret: "other")
        let seeded = (scene.stored ?? Credential()).seeded(by: rules)
        #expect(seeded.refreshToken == nil && seeded.accessToken == nil)
    }
}
