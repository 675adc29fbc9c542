import Time
import Config
import Credentials
import Testing

/// Rule 5: tokens in use are refreshed by a timer, idle ones are left alone.
@Suite struct TimerTests {
    private func ring(_ scene: inout Scene, _ seconds: Double, used: Double?) -> Bool {
        let used = used.map { Scene.at($0).instant }
        if case .start = scene.machine.timerRang(at: Scene.at(seconds), lastUsed: used) {
            return true
        }
        return false
    }

    @Test(arguments: [(0.0, 3285.0), (0.5, 3270), (0.999999, 3255)])
    func `the timer rings ahead of the buffer, at a random distance`(
        chance: Double,
        expected: Double
    ) {
        let stored = Scene.connected().stored
        var machine = FlightMachine(id: Scene.id, rules: Scene.rules())
        _ = machine.loaded(stored, at: Scene.at(0, chance: chance))
        let ring = machine.nextTimer?.duration(since: Scene.at(0).instant).inSeconds ?? 0
        #expect(abs(ring - expected) < 0.1)
    }

    @Test func `a connection in use is refreshed without any request waiting`() {
        var scene = Scene.connected()
        #expect(!ring(&scene, 3200, used: 3199))
        #expect(ring(&scene, 3270, used: 3269))
        #expect(scene.ask(3271) == "use A1")
    }

    @Test func `an idle connection is left alone`() {
        var scene = Scene.connected()
        #expect(!ring(&scene, 3270, used: nil))
        #expect(scene.machine.nextTimer == nil)
        #expect(scene.machine.flight == nil)
    }

    @Test func `use of an earlier token is not use of this one`() {
        var scene = Scene.connected()
        let flight = scene.takeOff(3600)
        #expect(scene.fly(flight, at: 3600, Scene.reply("A2")).end?.word == "refreshed A2")
        #expect(!ring(&scene, 6890, used: 3590))
    }

    @Test func `keep alive refreshes an idle connection`() {
        var policy = TokenPolicy()
        policy.keepAlive = .seconds(86_400)
        var scene = Scene.connected(policy: policy)
        #expect(!ring(&scene, 3270, used: nil))
        #expect(scene.machine.nextTimer == Scene.at(86_400).instant)
        #expect(ring(&scene, 86_400, used: nil))
    }

    @Test func `while a connection pauses after a failure its timer waits too`() {
        var scene = Scene.connected()
        #expect(ring(&scene, 3270, used: 3269))
        let flight = scene.machine.flight
        let end = scene.fly(flight, at: 3270, Scene.down).end
        #expect(end?.word == "failed http")
        #expect(scene.machine.nextTimer == Scene.at(3270.75).instant)
        #expect(!ring(&scene, 3270.5, used: 3270))
        #expect(ring(&scene, 3270.75, used: 3270))
    }

    @Test func `a dead connection that nobody uses any more is not tried for ever`() {
        var scene = Scene.connected(life: 600)
        var time = 590.0
        var calls = 0
        while time < 100_000 {
            guard ring(&scene, time, used: 585) else { break }
            _ = scene.fly(scene.machine.flight, at: time, Scene.down)
            calls += 1
            time += 300
        }
        #expect(calls > 3)
        #expect(time < 10_000)
    }

    @Test func `nothing rings for a connection that waits for a person`() {
        var scene = Scene.connected()
        let end = scene.refresh(at: 3400, .invalidGrant(message: "gone")).end
        #expect(end?.word == "refused needs_authorization")
        #expect(scene.machine.nextTimer == nil)
    }
}
