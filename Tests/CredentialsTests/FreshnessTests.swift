import Time
import Config
import Credentials
import Crypto
import Testing

/// Rules 1 to 6: when a token is good.
@Suite struct FreshnessTests {
    @Test(arguments: [
        (3600.0, 3299.0, "use A1"), (3600, 3301, "start, wait a while"),
        (300, 239, "use A1"), (300, 241, "start, wait a while"),
        (10, 7.9, "use A1"), (10, 8.1, "start, wait a while"),
    ])
    func `the buffer is five minutes but never more than a fifth of the life`(
        life: Double,
        time: Double,
        decision: String
    ) {
        var scene = Scene.connected(life: life)
        #expect(scene.ask(time) == decision)
    }

    @Test(arguments: [1.0, 10, 240, 3600], [0.0, 0.5, 1])
    func `no buffer is so long that a token is due as soon as it came`(
        life: Double,
        chance: Double
    ) throws {
        var policy = TokenPolicy()
        policy.refreshShare = 1
        policy.refreshBefore = .seconds(7200)
        let start = Instant(nanoseconds: 0)
        let times = TokenLife(obtainedAt: start, lifetime: life, policy: policy, renewable: true)
        let buffer = start.advanced(by: .seconds(life * 0.1))
        #expect(times.freshness(at: start.advanced(by: .seconds(life * 0.09))) == .good)
        #expect(times.freshness(at: buffer.advanced(by: .milliseconds(1))) == .inBuffer)
        let timer = try #require(times.timer(chance: chance))
        #expect(timer >= start.advanced(by: .seconds(life * 0.049)) && timer < buffer)
    }

    @Test func `an imported token of unknown life has the whole buffer`() {
        var scene = Scene.connected(life: nil)
        var imported = scene.stored ?? Credential()
        imported.expiresAt = WallTime(seconds: Scene.wallOrigin + 600)
        imported.generation = 2
        _ = scene.machine.loaded(imported, at: Scene.at(0))
        #expect(scene.ask(299) == "use A1")
        #expect(scene.ask(301) == "start, wait a while")
    }

    @Test func `in the buffer a request waits a little and then uses the valid token`() {
        var scene = Scene.connected()
        #expect(scene.ask(3400) == "start, wait a while")
        #expect(scene.ask(3401) == "join a while")
        #expect(scene.ask(3402) == "stale A1")
        #expect(scene.ask(3500) == "stale A1")
    }

    @Test func `a failed early refresh leaves the valid token in use`() {
        var scene = Scene.connected()
        #expect(scene.refresh(at: 3400, Scene.down).end?.word == "failed http")
        #expect(scene.ask(3400.1) == "stale A1")
        #expect(scene.ask(3600) != "stale A1")
    }

    @Test func `an expired token is waited for to the end`() {
        var scene = Scene.connected()
        #expect(scene.ask(3600) == "start")
        #expect(scene.ask(3700) == "join")
    }

    @Test func `an unknown life is assumed, neither zero nor for ever`() {
        var scene = Scene.connected(life: nil)
        #expect(scene.ask(49 * 60) == "use A1")
        #expect(scene.ask(51 * 60) == "start, wait a while")
        #expect(scene.ask(56 * 60) == "join")
    }

    @Test func `a token that nothing can renew is used until it ends`() {
        var scene = Scene.connected(.never)
        #expect(scene.ask(3599) == "use A1")
        #expect(scene.ask(3600) == "person: needs_authorization")
        var endless = Scene.connected(.never, life: nil)
        #expect(endless.ask(1e8) == "use A1")
        let asked = endless.machine.refreshAsked(since: 1, at: Scene.at(0))
        guard case .refuse(let fault) = asked else {
            Issue.record("\(asked)")
            return
        }
        #expect(fault.code == "configuration" && fault.message.contains("no grant"))
    }

    @Test func `a life counts from the sending of the request`() {
        var scene = Scene(.asksAnew)
        let flight = scene.takeOff(0)
        let step = flight.map { scene.machine.locked($0, stored: nil, at: Scene.at(0)) }
        #expect(step?.word == "call -")
        guard let flight else { return }
        _ = scene.machine.replied(
            flight,
            outcome: Scene.reply("A1", life: 100),
            sentAt: Scene.at(0),
            at: Scene.at(30)
        )
        #expect(scene.machine.stored(flight, at: Scene.at(30)).word == "refreshed A1")
        #expect(scene.machine.snapshot?.life.expiresAt == Scene.at(100).instant)
        #expect(scene.machine.credential.obtainedAt == Scene.at(0).wall)
    }

    @Test(arguments: [-86_400.0, 86_400, 1e12])
    func `a step of the wall clock changes nothing while running`(step: Double) {
        var scene = Scene.connected()
        let later = Scene.at(3000, step: step)
        #expect(scene.machine.requested(at: later).word == "use A1")
        #expect(scene.machine.requested(at: Scene.at(3601, step: step)).word == "start")
    }

    @Test func `a step of the wall clock does not move a token that is read again`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3400)
        guard let flight else { return #expect(Bool(false)) }
        // The clock was set back a day: by the wall, the stored token would be good for a day.
        let now = Scene.at(3400, step: -86_400)
        let step = scene.machine.locked(flight, stored: scene.stored, at: now)
        #expect(step.word == "store intent")
        #expect(
            scene.machine.loaded(scene.stored, at: now).snapshot.life.expiresAt
                == Scene.at(3600).instant
        )
    }

    @Test func `after a restart the wall clock is believed`() {
        let scene = Scene.connected()
        var machine = FlightMachine(id: Scene.id, rules: Scene.rules())
        let now = Moment(
            instant: Instant(nanoseconds: 5),
            wall: WallTime(seconds: Scene.wallOrigin + 3500),
            chance: 0
        )
        let loaded = machine.loaded(scene.stored, at: now)
        #expect(loaded.snapshot.freshness(at: now.instant) == .inBuffer)
        #expect(loaded.snapshot.freshness(at: now.instant.advanced(by: .seconds(101))) == .expired)
    }

    @Test func `times that nobody can mean do not trap`() {
        for seconds in [Double.nan, .infinity, -.infinity, 1e300, -1e300] {
            var stored = Scene.connected().stored ?? Credential()
            stored.obtainedAt = WallTime(seconds: seconds)
            stored.expiresAt = WallTime(seconds: seconds)
            stored.lifetime = seconds
            var machine = FlightMachine(id: Scene.id, rules: Scene.rules())
            _ = machine.loaded(stored, at: Scene.at(0))
            _ = machine.requested(at: Scene.at(1))
            _ = machine.nextTimer
        }
        #expect(Instant(nanoseconds: .max).advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(Instant(nanoseconds: .min).advanced(by: .seconds(-1)).nanoseconds == .min)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
    }
}
