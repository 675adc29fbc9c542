import Time
import Config
import Credentials
import Crypto
import Testing

/// Rules 19 to 21: what a 401 of the upstream leads to.
@Suite struct RejectedTests {
    private func rejected(_ scene: inout Scene, _ generation: Int, _ time: Double) -> String {
        scene.machine.rejected(generation: generation, at: Scene.at(time)).word
    }

    private func forced(_ scene: inout Scene, _ generation: Int, _ time: Double) -> Flight? {
        guard
            case .start(let flight) = scene.machine.rejected(
                generation: generation,
                at: Scene.at(time)
            )
        else { return nil }
        return flight
    }

    @Test func `a hundred 401s with one generation cost one refresh, and all replay`() {
        var scene = Scene.connected()
        let flight = forced(&scene, 1, 10)
        for _ in 0..<99 { #expect(rejected(&scene, 1, 10) == "join") }
        let (end, sent) = scene.fly(flight, at: 10, Scene.reply("A2", refresh: "R2"))
        #expect(end?.word == "refreshed A2")
        #expect(sent == ["R1"])
        for _ in 0..<100 { #expect(rejected(&scene, 1, 11) == "replay A2") }
    }

    @Test func `requests that come meanwhile use the token that looks good`() {
        var scene = Scene.connected()
        _ = forced(&scene, 1, 10)
        #expect(scene.ask(11) == "use A1")
    }

    @Test func `a newer generation in the vault is replayed with, without a call`() {
        var scene = Scene.connected()
        let flight = forced(&scene, 1, 10)
        scene.stored?.generation = 2
        scene.stored?.accessToken = Secret("A2")
        let (end, sent) = scene.fly(flight, at: 10)
        #expect(end?.word == "adopted A2")
        #expect(sent.isEmpty)
        #expect(rejected(&scene, 1, 11) == "replay A2")
    }

    @Test func `a forced refresh that fails hands the 401 on`() {
        var scene = Scene.connected()
        let flight = forced(&scene, 1, 10)
        #expect(scene.fly(flight, at: 10, Scene.down).end?.word == "failed http")
        #expect(rejected(&scene, 1, 10.1) == "pass")
        #expect(scene.ask(10.1) == "use A1")
    }

    @Test func `forced refreshes keep their distance`() {
        var scene = Scene.connected()
        let first = forced(&scene, 1, 10)
        #expect(scene.fly(first, at: 10, Scene.reply("A2", refresh: "R2")).end != nil)
        for time in [10.0, 15, 19.9] { #expect(rejected(&scene, 2, time) == "pass") }
        #expect(rejected(&scene, 2, 20) == "start")
    }

    @Test func `after an ordinary refresh the first 401 may force one at once`() {
        var scene = Scene.connected(life: 60)
        let first = forced(&scene, 1, 10)
        #expect(scene.fly(first, at: 10, Scene.reply("A2", life: 5)).end != nil)
        #expect(scene.refresh(at: 16, Scene.reply("A3")).end?.word == "refreshed A3")
        #expect(rejected(&scene, 3, 16.1) == "start")
    }

    @Test func `a scope that is missing does not become a storm`() {
        var scene = Scene.connected()
        var calls = 0
        for tenth in 0..<600 {
            let time = Double(tenth) / 10
            let generation = scene.machine.snapshot?.generation ?? 0
            if let flight = forced(&scene, generation, time) {
                calls += 1
                _ = scene.fly(flight, at: time, Scene.reply("A", refresh: "R\(calls)"))
            }
        }
        #expect(calls == 6)
    }

    @Test func `a token that nothing can renew passes its 401 on`() {
        var scene = Scene.connected(.never)
        #expect(rejected(&scene, 1, 10) == "pass")
    }

    @Test func `a newer token that has ended is refreshed as for any request`() {
        var scene = Scene.connected(life: 10)
        #expect(rejected(&scene, 0, 5) == "replay A1")
        #expect(rejected(&scene, 0, 11) == "start")
        #expect(scene.machine.flight?.isForced == false)
    }
}
