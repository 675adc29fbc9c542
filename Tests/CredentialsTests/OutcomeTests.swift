import Time
import Config
import Credentials
import Crypto
import Testing

/// Rules 14 to 18: what the provider's answers lead to.
@Suite struct OutcomeTests {
    @Test func `what a reply leaves out survives and what it gives replaces`() {
        var old = Credential()
        old.accessToken = Secret("A1")
        old.refreshToken = Secret("R1")
        old.refreshExpiresAt = WallTime(seconds: 5000)
        old.tokenType = "Bearer"
        old.scopes = "read write"
        old.expiresAt = WallTime(seconds: 100)
        old.lifetime = 100
        old.fields = ["instance_url": "https://a", "team": "1", "expires_on": "7"]
        old.generation = 4
        old.status = .needsAuthorization
        old.lastError = CredentialFault(code: "x", message: "y", at: WallTime(seconds: 1))
        var reply = TokenReply(accessToken: Secret("A2"))
        reply.fields = ["team": "2"]
        let sent = WallTime(seconds: 1000)
        let new = old.merged(with: reply, sentAt: sent, renewal: .refreshToken)
        #expect(new.accessToken == Secret("A2"))
        #expect(new.refreshToken == Secret("R1"))
        #expect(new.refreshExpiresAt == WallTime(seconds: 5000))
        #expect(new.scopes == "read write")
        #expect(new.tokenType == "Bearer")
        #expect(new.fields == ["instance_url": "https://a", "team": "2"])
        #expect(new.expiresAt == nil)
        #expect(new.lifetime == nil)
        #expect(new.obtainedAt == sent)
        #expect(new.generation == 5)
        #expect(new.status == .connected)
        #expect(new.lastError == nil)
    }

    @Test func `a rotated refresh token does not inherit the old one's end`() {
        var old = Credential()
        old.refreshToken = Secret("R1")
        old.refreshExpiresAt = WallTime(seconds: 5000)
        var reply = TokenReply(accessToken: Secret("A2"))
        reply.refreshToken = Secret("R2")
        let sent = WallTime(seconds: 1000)
        let bare = old.merged(with: reply, sentAt: sent, renewal: .refreshToken)
        #expect(bare.refreshToken == Secret("R2"))
        #expect(bare.refreshExpiresAt == nil)
        reply.refreshLifetime = 60
        let timed = old.merged(with: reply, sentAt: sent, renewal: .refreshToken)
        #expect(timed.refreshExpiresAt == WallTime(seconds: 1060))
    }

    @Test(arguments: [
        (nil, 1600.0, 600.0 as Double?), (50.0, 1600, 50), (nil, 900, nil), (-1, 0, nil),
        (0, 0, nil), (1e18, 0, nil), (Double.nan, 0, nil), (Double.infinity, 0, nil),
    ])
    func `a life is believed if it can be one`(
        given: Double?,
        end: Double,
        expected: Double?
    ) {
        var reply = TokenReply(accessToken: Secret("A"))
        reply.lifetime = given
        reply.expiresAt = WallTime(seconds: end)
        let sent = WallTime(seconds: 1000)
        let new = Credential().merged(with: reply, sentAt: sent, renewal: .refreshToken)
        #expect(new.lifetime == expected)
        #expect(new.expiresAt == expected.map { WallTime(seconds: 1000 + $0) })
    }

    @Test func `pauses double up to five minutes, jittered by up to a half`() {
        let range: ClosedRange<Duration> = .seconds(1) ... .seconds(300)
        for (chance, factor) in [(0.0, 0.5), (0.5, 0.75), (0.9999999, 1.0)] {
            var backOff = BackOff()
            var pauses: [Double] = []
            for _ in 0..<12 {
                let end = backOff.failed(
                    retryAfter: nil,
                    range: range,
                    at: Scene.at(0, chance: chance)
                )
                pauses.append(end.duration(since: Scene.at(0).instant).inSeconds / factor)
            }
            let expected: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
            #expect(zip(pauses, expected).allSatisfy { abs($0 - $1) < 0.001 })
        }
    }

    @Test(arguments: [(120.0, 120.0), (86_400, 3600), (-5, 0.75), (0, 0.75)])
    func `a provider's Retry-After is honoured up to an hour`(asked: Double, pause: Double) {
        var scene = Scene.connected()
        let outcome = TokenOutcome.transient(
            retryAfter: .seconds(asked),
            code: "rate",
            message: "slow down"
        )
        guard case .failed(_, let retryAt)? = scene.refresh(at: 3600, outcome).end else {
            return #expect(Bool(false))
        }
        #expect(abs(retryAt.duration(since: Scene.at(3600).instant).inSeconds - pause) < 0.001)
        #expect(scene.ask(3600 + pause - 0.1) == "unavailable")
        #expect(scene.ask(3600 + pause) == "start")
    }

    @Test func `an unavailable answer says when to come back, never at once`() {
        var scene = Scene.connected()
        _ = scene.refresh(at: 3600, Scene.down)
        guard
            case .refuse(.unavailable(let pause, let message)) = scene.machine.requested(
                at: Scene.at(3600.7)
            )
        else { return #expect(Bool(false)) }
        #expect(pause == .seconds(1))
        #expect(message == "down")
    }

    @Test func `success resets the pauses`() {
        var scene = Scene.connected()
        var time = 3600.0
        for _ in 0..<5 {
            _ = scene.refresh(at: time, Scene.down)
            time += 400
        }
        #expect(scene.machine.state() == .retrying)
        #expect(scene.refresh(at: time, Scene.reply("A2", life: 10)).end?.word == "refreshed A2")
        #expect(scene.machine.state() == .connected)
        _ = scene.refresh(at: time + 10, Scene.down)
        #expect(scene.machine.backOff.failures == 1)
    }

    @Test func `a dead provider costs few calls a day`() {
        var scene = Scene.connected()
        var calls = 0
        for second in 3600..<(3600 + 86_400) {
            if let flight = scene.takeOff(Double(second)) {
                calls += 1
                _ = scene.fly(flight, at: Double(second), Scene.down)
            }
        }
        #expect(calls < 600)
    }

    @Test func `five refreshes in a row refused without a reason need a person`() {
        var scene = Scene.connected()
        var time = 3600.0
        for _ in 0..<4 {
            let end = scene.refresh(at: time, .unexplained(message: "400")).end
            #expect(end?.word == "failed token_endpoint")
            time += 400
        }
        let (end, sent) = scene.refresh(at: time, .unexplained(message: "400"))
        #expect(end?.word == "refused needs_authorization")
        #expect(sent.count == 1)
        #expect(scene.stored?.lastError?.message.contains("gave no reason") == true)
    }

    @Test func `another answer in between starts that count anew`() {
        var scene = Scene.connected()
        var time = 3600.0
        for number in 0..<12 {
            let outcome = number % 4 == 3 ? Scene.down : TokenOutcome.unexplained(message: "400")
            #expect(scene.refresh(at: time, outcome).end?.word.hasPrefix("failed") == true)
            time += 400
        }
    }

    @Test func `a client that asks anew never needs a person for want of a reason`() {
        var scene = Scene.connected(.asksAnew)
        var time = 3600.0
        for _ in 0..<8 {
            let end = scene.refresh(at: time, .unexplained(message: "403")).end
            #expect(end?.word == "failed token_endpoint")
            time += 400
        }
    }

    @Test func `invalid grant means a person, at once and without further calls`() {
        var scene = Scene.connected()
        let (end, sent) = scene.refresh(at: 3400, .invalidGrant(message: "revoked"))
        #expect(end?.word == "refused needs_authorization")
        #expect(sent == ["R1"])
        #expect(scene.stored?.status == .needsAuthorization)
        #expect(scene.stored?.generation == 2)
        // The old token would be valid for minutes; it is not used any more.
        for time in [3400.0, 3500, 9000, 1e6] {
            #expect(scene.ask(time) == "person: needs_authorization")
        }
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3401)).word == "pass")
        #expect(scene.machine.snapshot?.accessToken == nil)
    }

    @Test func `a refresh token that changed meanwhile gets one more try`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let refusal = TokenOutcome.invalidGrant(message: "spent")
        let step = scene.machine.replied(flight, outcome: refusal, sentAt: now, at: now)
        #expect(step.word == "reread")
        scene.stored?.refreshToken = Secret("R2")
        scene.stored?.generation = 2
        let again = scene.machine.reread(flight, stored: scene.stored, at: now)
        #expect(again.word == "store intent")
        #expect(scene.machine.intentStored(flight).word == "call R2")
        _ = scene.machine.replied(flight, outcome: refusal, sentAt: now, at: now)
        scene.stored?.refreshToken = Secret("R3")
        let last = scene.machine.reread(flight, stored: scene.stored, at: now)
        #expect(last.word == "store 3 over 2")
        #expect(scene.machine.stored(flight, at: now).word == "refused needs_authorization")
    }

    @Test func `a winner's good token ends the search after a refusal`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let refusal = TokenOutcome.invalidGrant(message: "spent")
        _ = scene.machine.replied(flight, outcome: refusal, sentAt: now, at: now)
        scene.stored?.accessToken = Secret("W")
        scene.stored?.refreshToken = Secret("R2")
        scene.stored?.expiresAt = WallTime(seconds: Scene.wallOrigin + 7200)
        scene.stored?.generation = 2
        let step = scene.machine.reread(flight, stored: scene.stored, at: now)
        #expect(step.word == "adopted W")
    }

    @Test func `a wrong client is a matter of configuration`() {
        var scene = Scene.connected(.asksAnew)
        let outcome = TokenOutcome.configuration(
            code: "invalid_client",
            message: "check client_secret"
        )
        #expect(scene.refresh(at: 3600, outcome).end?.word == "refused configuration")
        #expect(scene.ask(3601) == "person: configuration")
        #expect(scene.stored?.lastError?.message == "check client_secret")
    }

    @Test func `a tenant that never had a token is refused without a record`() {
        let refusal = TokenOutcome.configuration(code: "invalid_scope", message: "no")
        for (tenant, isStored) in [("invented" as String?, false), (nil, true)] {
            var scene = Scene(.asksAnew)
            let id = CredentialID(connection: "crm", tenant: tenant)
            scene.machine = FlightMachine(id: id, rules: scene.machine.rules)
            _ = scene.machine.loaded(nil, at: Scene.at(0))
            #expect(scene.refresh(at: 0, refusal).end?.word == "refused configuration")
            #expect(scene.ask(1) == "person: configuration")
            #expect((scene.stored != nil) == isStored)
            #expect(scene.machine.isStored == isStored)
            #expect(scene.machine.isAtRest(at: Scene.at(1)))
            guard case .start(let flight) = scene.machine.refreshAsked(since: 0, at: Scene.at(2))
            else { return #expect(Bool(false)) }
            let end = scene.fly(flight, at: 2, Scene.reply("A1")).end
            #expect(end?.word == "refreshed A1")
            #expect(scene.stored?.accessToken == Secret("A1"))
        }
    }

    @Test func `a client that others found refused is waited for, while the token is good`() {
        var scene = Scene.connected()
        let fault = FlightFault.clientRefused(reason: "bad secret", pause: .seconds(100))
        func holdBack(at seconds: Double) -> String? {
            guard let flight = scene.takeOff(seconds) else { return nil }
            return scene.machine.failed(flight, fault: fault, at: Scene.at(seconds)).word
        }
        #expect(holdBack(at: 3400) == "failed configuration")
        #expect(scene.ask(3401) == "stale A1")
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3401)).word == "pass")
        #expect(scene.machine.nextTimer == Scene.at(3500).instant)
        #expect(scene.machine.state() == .retrying)
        #expect(holdBack(at: 3600) == "failed configuration")
        #expect(scene.ask(3601) == "person: configuration")
        #expect(scene.machine.lastError?.message.contains("bad secret") == true)
        #expect(scene.stored?.status == .connected)
        // It may leave the memory: who loads it again is told the same.
        #expect(scene.machine.isAtRest(at: Scene.at(3602)))
        let waited = scene.machine.clientAccepted()
        #expect(waited && scene.ask(3602) == "start")
        let waitsStill = scene.machine.clientAccepted()
        #expect(!waitsStill)
    }

    @Test func `a refusal holds even if it cannot be stored`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let refusal = TokenOutcome.invalidGrant(message: "spent")
        _ = scene.machine.replied(flight, outcome: refusal, sentAt: now, at: now)
        _ = scene.machine.reread(flight, stored: scene.stored, at: now)
        let step = scene.machine.storeFailed(flight, error: .full(path: "/v"), at: now)
        #expect(step.word == "refused needs_authorization")
        #expect(scene.ask(3601) == "person: needs_authorization")
    }

    @Test func `a person's refresh is a way out of a refusal`() {
        var scene = Scene.connected()
        _ = scene.refresh(at: 3600, .invalidGrant(message: "hm"))
        guard case .start(let flight) = scene.machine.refreshAsked(since: 2, at: Scene.at(3601))
        else { return #expect(Bool(false)) }
        #expect(scene.fly(flight, at: 3601, Scene.reply("A2")).end?.word == "refreshed A2")
        #expect(scene.ask(3602) == "use A2")
        guard case .done = scene.machine.refreshAsked(since: 2, at: Scene.at(3603)) else {
            return #expect(Bool(false))
        }
    }

    @Test func `a person's refresh does not wait for the end of a pause`() {
        var scene = Scene.connected()
        _ = scene.refresh(at: 3600, Scene.down)
        guard case .start = scene.machine.refreshAsked(since: 1, at: Scene.at(3600.1)) else {
            return #expect(Bool(false))
        }
    }

    @Test func `what a person puts in its place overtakes a flight and ends every pause`() {
        var scene = Scene.connected()
        let now = Scene.at(3600)
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let revoked = (scene.stored ?? Credential()).revoked(
            by: scene.machine.rules,
            at: WallTime(seconds: 0)
        )
        let replaced = scene.machine.replaced(with: revoked, at: now)
        #expect(replaced.overtaken == flight)
        #expect(replaced.snapshot.accessToken == nil)
        let late = scene.machine.replied(
            flight,
            outcome: Scene.reply("A2"),
            sentAt: now,
            at: now
        )
        #expect(late.word == "abandon")
        #expect(scene.ask(3601) == "person: revoked")
        let imported = revoked.imported(
            accessToken: Secret("I"),
            expiresAt: WallTime(seconds: Scene.wallOrigin + 9000),
            refreshToken: Secret("RI"),
            by: scene.machine.rules,
            at: now.wall
        )
        _ = scene.machine.replaced(with: imported, at: now)
        #expect(scene.ask(3602) == "use I")
        #expect(scene.machine.state() == .connected)
    }

    @Test func `a client that asks anew sends no refresh token, and its token is stored too`() {
        var scene = Scene(.asksAnew)
        let (end, sent) = scene.refresh(at: 0, Scene.reply("A1", refresh: "never mind"))
        #expect(end?.word == "refreshed A1")
        #expect(sent == ["-"])
        #expect(scene.stored?.accessToken == Secret("A1"))
        #expect(scene.stored?.refreshToken == nil)
        var restarted = FlightMachine(id: Scene.id, rules: scene.machine.rules)
        _ = restarted.loaded(scene.stored, at: Scene.at(100))
        #expect(restarted.requested(at: Scene.at(100)).word == "use A1")
    }

    @Test func `a token that was over when it came does not start a loop for its waiters`() {
        var scene = Scene(.asksAnew)
        guard let flight = scene.takeOff(0) else { return #expect(Bool(false)) }
        _ = scene.machine.locked(flight, stored: nil, at: Scene.at(0))
        let outcome = Scene.reply("A1", life: 1)
        _ = scene.machine.replied(flight, outcome: outcome, sentAt: Scene.at(0), at: Scene.at(5))
        // The end names the token, so that those who waited get it without asking again.
        #expect(scene.machine.stored(flight, at: Scene.at(5)).word == "refreshed A1")
    }
}
