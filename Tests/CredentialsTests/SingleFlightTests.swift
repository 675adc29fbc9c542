import Time
import Config
import Credentials
import Crypto
import Testing

/// Rules 7 to 13: one refresh at a time, and never a token that is not safe on disk.
@Suite struct SingleFlightTests {
    @Test func `ten thousand arrivals at the moment of expiry start one refresh`() {
        var scene = Scene.connected()
        var starts = 0
        for number in 0..<10_000 {
            let decision = scene.ask(3600 + Double(number) * 0.0001)
            if decision == "start" { starts += 1 } else { #expect(decision == "join") }
        }
        #expect(starts == 1)
    }

    @Test func `ten thousand first requests before anything is loaded start one`() {
        var scene = Scene(.asksAnew)
        let starts = (0..<10_000).count { _ in scene.ask(0) == "start" }
        #expect(starts == 1)
    }

    @Test func `a forced refresh waits for one that was not forced and then starts its own`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3400)
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3400)).word == "join")
        // The flight ends without a newer token: its lock could not be had.
        guard let flight else { return #expect(Bool(false)) }
        let step = scene.machine.failed(flight, fault: .lockBusy, at: Scene.at(3401))
        #expect(step.word == "failed lock_busy")
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3403)).word == "start")
    }

    @Test func `a forced refresh is content with the token that a waited for one brought`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3400)
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3400)).word == "join")
        #expect(scene.fly(flight, at: 3400, Scene.reply("A2")).end?.word == "refreshed A2")
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3401)).word == "replay A2")
    }

    @Test func `a flight goes on when those who wait for it leave`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3400)
        #expect(scene.ask(3410) == "stale A1")
        #expect(scene.machine.flight == flight)
        #expect(scene.fly(flight, at: 3411, Scene.reply("A2")).end?.word == "refreshed A2")
    }

    @Test func `a newer token in the vault is used without a call`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3600)
        scene.stored?.generation = 2
        scene.stored?.accessToken = Secret("A2")
        scene.stored?.expiresAt = WallTime(seconds: Scene.wallOrigin + 7200)
        scene.stored?.seed = nil
        let (end, sent) = scene.fly(flight, at: 3600)
        #expect(end?.word == "adopted A2")
        #expect(sent.isEmpty)
        #expect(scene.ask(3601) == "use A2")
    }

    @Test func `the refresh token is the stored one and never one that was seen before`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3600)
        // Another process refreshed long ago: its token has ended as well, but rotated ours.
        scene.stored?.generation = 2
        scene.stored?.accessToken = Secret("A2")
        scene.stored?.refreshToken = Secret("R2")
        let (end, sent) = scene.fly(flight, at: 3600, Scene.reply("A3", refresh: "R3"))
        #expect(sent == ["R2"])
        #expect(end?.word == "refreshed A3")
        #expect(scene.stored?.generation == 3)
    }

    @Test(arguments: [FlightFault.lockBusy, .timedOut, .cancelled, .vault(.full(path: "/v"))])
    func `a flight that fails in any way frees its slot`(fault: FlightFault) {
        for steps in 0..<3 {
            var scene = Scene.connected()
            guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
            if steps > 0 {
                _ = scene.machine.locked(flight, stored: scene.stored, at: Scene.at(3600))
            }
            if steps > 1 { _ = scene.machine.intentStored(flight) }
            let step = scene.machine.failed(flight, fault: fault, at: Scene.at(3601))
            #expect(step.word == "failed \(fault.code)")
            #expect(scene.machine.flight == nil)
            #expect(scene.ask(3601.1) == "unavailable")
            #expect(scene.ask(3603) == "start")
            #expect(
                scene.machine.failed(flight, fault: fault, at: Scene.at(3604)).word == "abandon"
            )
        }
    }

    @Test func `the loser of a race takes the winner's token and overwrites nothing`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let outcome = Scene.reply("A2", refresh: "R2")
        let step = scene.machine.replied(flight, outcome: outcome, sentAt: now, at: now)
        #expect(step.word == "store 2 over 1")
        var winner = scene.stored ?? Credential()
        winner.accessToken = Secret("W")
        winner.expiresAt = WallTime(seconds: Scene.wallOrigin + 7200)
        winner.generation = 4
        let failed = scene.machine.storeFailed(flight, error: .conflict(stored: 4), at: now)
        #expect(failed.word == "reread")
        #expect(scene.machine.reread(flight, stored: winner, at: now).word == "adopted W")
        #expect(scene.ask(3601) == "use W")
    }

    @Test func `a winner's token that has ended already is refreshed, and needs no person`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        _ = scene.machine.replied(flight, outcome: Scene.reply("A2"), sentAt: now, at: now)
        _ = scene.machine.storeFailed(flight, error: .conflict(stored: 2), at: now)
        scene.stored?.generation = 2
        scene.stored?.refreshToken = Secret("R2")
        scene.stored?.intent = nil
        let step = scene.machine.reread(flight, stored: scene.stored, at: now)
        #expect(step.word == "adopted A1")
        #expect(scene.refresh(at: 3601, Scene.reply("A3")).sent == ["R2"])
    }

    @Test func `a deletion by another process is not undone by a reply`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        _ = scene.machine.replied(flight, outcome: Scene.reply("A2"), sentAt: now, at: now)
        _ = scene.machine.storeFailed(flight, error: .conflict(stored: 2), at: now)
        let deleted = (scene.stored ?? Credential()).deleted(
            by: scene.machine.rules,
            at: WallTime(seconds: 0)
        )
        let step = scene.machine.reread(flight, stored: deleted, at: now)
        #expect(step.word == "refused needs_authorization")
        #expect(scene.ask(3700) == "person: needs_authorization")
    }

    @Test func `intent, call, store, publish: in this order`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        let first = scene.machine.locked(flight, stored: scene.stored, at: now)
        guard case .storeIntent(let noted, replacing: 1) = first else {
            return #expect(Bool(false), "\(first.word)")
        }
        #expect(noted.intent == Intent(startedAt: now.wall))
        #expect(noted.generation == 1)
        #expect(scene.machine.intentStored(flight).word == "call R1")
        let outcome = Scene.reply("A2", refresh: "R2")
        let third = scene.machine.replied(flight, outcome: outcome, sentAt: now, at: now)
        guard case .store(let kept, replacing: 1) = third else {
            return #expect(Bool(false), "\(third.word)")
        }
        #expect(kept.intent == nil)
        #expect(kept.refreshToken == Secret("R2"))
        #expect(scene.machine.snapshot?.accessToken == Secret("A1"))
        #expect(scene.ask(3600) == "join")
        #expect(scene.machine.stored(flight, at: now).word == "refreshed A2")
        #expect(scene.ask(3600) == "use A2")
    }

    @Test func `without a stored intent there is no call`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        _ = scene.machine.locked(flight, stored: scene.stored, at: Scene.at(3600))
        let step = scene.machine.intentFailed(
            flight,
            error: .full(path: "/v"),
            at: Scene.at(3600)
        )
        #expect(step.word == "failed vault")
        #expect(scene.machine.flight == nil)
    }

    @Test func `an intent that meets another generation reads again, but not for ever`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        var step = scene.machine.locked(flight, stored: scene.stored, at: now)
        var rereads = 0
        while case .storeIntent = step {
            step = scene.machine.intentFailed(flight, error: .conflict(stored: 9), at: now)
            guard case .reread = step else { break }
            rereads += 1
            step = scene.machine.reread(flight, stored: scene.stored, at: now)
        }
        #expect(rereads == 3)
        #expect(step.word == "failed vault")
    }

    @Test func `a token that cannot be stored is kept, tried again and shown to nobody`() {
        var scene = Scene.connected()
        guard let flight = scene.takeOff(3400) else { return #expect(Bool(false)) }
        let now = Scene.at(3400)
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        let outcome = Scene.reply("A2", refresh: "R2")
        _ = scene.machine.replied(flight, outcome: outcome, sentAt: now, at: now)
        var pauses: [Duration] = []
        for _ in 0..<40 {
            let step = scene.machine.storeFailed(flight, error: .full(path: "/v"), at: now)
            guard case .storeAgain(let kept, replacing: 1, let pause, _) = step else {
                return #expect(Bool(false), "\(step.word)")
            }
            #expect(kept.refreshToken == Secret("R2"))
            pauses.append(pause)
        }
        #expect(pauses.first == .milliseconds(250))
        #expect(pauses.last == .seconds(5))
        #expect(scene.ask(3401) == "stale A1")
        #expect(scene.machine.rejected(generation: 1, at: Scene.at(3401)).word == "pass")
        #expect(scene.ask(3601) == "unavailable")
        #expect(scene.machine.failed(flight, fault: .timedOut, at: now).word == "store again")
        #expect(scene.machine.state() == .retrying)
        #expect(scene.machine.stored(flight, at: Scene.at(3700)).word == "refreshed A2")
        #expect(scene.ask(3700) == "use A2")
    }

    @Test func `a vault that went back in time does not cost the new token`() {
        var scene = Scene.connected()
        scene.stored?.generation = 7
        guard let flight = scene.takeOff(3600) else { return #expect(Bool(false)) }
        let now = Scene.at(3600)
        scene.stored?.accessToken = nil
        _ = scene.machine.locked(flight, stored: scene.stored, at: now)
        _ = scene.machine.intentStored(flight)
        _ = scene.machine.replied(flight, outcome: Scene.reply("A8"), sentAt: now, at: now)
        _ = scene.machine.storeFailed(flight, error: .conflict(stored: 3), at: now)
        var old = scene.stored ?? Credential()
        old.generation = 3
        guard
            case .storeAgain(let kept, replacing: 3, _, _) = scene.machine.reread(
                flight,
                stored: old,
                at: now
            )
        else { return #expect(Bool(false)) }
        #expect(kept.accessToken == Secret("A8"))
    }

    @Test func `an intent found at the start is followed by one more try at once`() {
        var stored = Scene.connected().stored ?? Credential()
        stored.intent = Intent(startedAt: WallTime(seconds: Scene.wallOrigin))
        var scene = Scene()
        scene.stored = stored
        let loaded = scene.machine.loaded(stored, at: Scene.at(10))
        #expect(loaded.recovery?.cause == .recovery)
        #expect(scene.ask(10) == "use A1")
        let (end, sent) = scene.fly(loaded.recovery, at: 10, Scene.reply("A2", refresh: "R2"))
        #expect(sent == ["R1"])
        #expect(end?.word == "refreshed A2")
        #expect(scene.stored?.intent == nil)
    }

    @Test func `only a definite refusal of that try needs a person`() {
        var stored = Scene.connected().stored ?? Credential()
        stored.intent = Intent(startedAt: WallTime(seconds: Scene.wallOrigin))
        var scene = Scene()
        scene.stored = stored
        let first = scene.machine.loaded(stored, at: Scene.at(3700)).recovery
        #expect(scene.fly(first, at: 3700, Scene.down).end?.word == "failed http")
        #expect(scene.stored?.intent != nil)
        #expect(scene.ask(3700.1) == "unavailable")
        let (end, _) = scene.refresh(at: 3710, .invalidGrant(message: "spent"))
        #expect(end?.word == "refused needs_authorization")
        #expect(scene.stored?.lastError?.message.contains("may have been lost") == true)
    }

    @Test func `an intent in the vault is not taken for a newer token`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3600)
        scene.stored?.generation = 2
        scene.stored?.expiresAt = WallTime(seconds: Scene.wallOrigin + 7200)
        scene.stored?.intent = Intent(startedAt: WallTime(seconds: Scene.wallOrigin))
        let (_, sent) = scene.fly(flight, at: 3600, Scene.reply("A3"))
        #expect(sent == ["R1"])
    }

    @Test func `late events of a flight that is over change nothing`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3600)
        #expect(scene.fly(flight, at: 3600, Scene.reply("A2")).end?.word == "refreshed A2")
        guard let flight else { return }
        let now = Scene.at(3601)
        #expect(scene.machine.locked(flight, stored: nil, at: now).word == "abandon")
        #expect(scene.machine.intentStored(flight).word == "abandon")
        let late = scene.machine.replied(flight, outcome: Scene.down, sentAt: now, at: now)
        #expect(late.word == "abandon")
        #expect(scene.machine.stored(flight, at: now).word == "abandon")
        #expect(scene.machine.reread(flight, stored: nil, at: now).word == "abandon")
        #expect(scene.ask(3601) == "use A2")
    }
}
