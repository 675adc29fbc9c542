import Time
import Config
import Credentials
import Crypto
import Testing

/// Random events in random order, against what must always hold.
@Suite struct RandomWalkTests {
    /// A small generator, so that a failure can be repeated from its seed.
    struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// The driver's side of one walk: the flight it flies and the step it was told last.
    struct Walk {
        var scene: Scene
        var dice: Dice
        var time = 0.0
        var flight: Flight?
        var step: FlightStep?
        var issued = 1
        var shown: Set<String> = []

        init(seed: UInt64) {
            dice = Dice(state: seed)
            scene = seed % 3 == 0 ? .connected(.asksAnew, life: 60) : .connected(life: 60)
        }

        var now: Moment {
            Scene.at(time, step: time > 500 ? -1e6 : 0, chance: 0.5)
        }

        mutating func began(_ new: Flight) {
            // Never two flights: the driver's one must be over, or have been overtaken.
            #expect(flight == nil)
            flight = new
            step = nil
        }

        mutating func outcome() -> TokenOutcome {
            switch Int.random(in: 0..<8, using: &dice) {
            case 0: return .transient(retryAfter: .seconds(5), code: "x", message: "x")
            case 1: return .unexplained(message: "400")
            case 2 where Bool.random(using: &dice): return .invalidGrant(message: "x")
            case 3 where Bool.random(using: &dice):
                return .configuration(code: "x", message: "x")
            default:
                issued += 1
                return Scene.reply("T\(issued)", life: 60, refresh: "R\(issued)")
            }
        }

        mutating func fly() {
            guard let flight else { return }
            let fails = Int.random(in: 0..<6, using: &dice) == 0
            switch step {
            case nil:
                step = scene.machine.locked(flight, stored: scene.stored, at: now)
            case .storeIntent(let credential, _):
                if fails {
                    step = scene.machine.intentFailed(flight, error: .full(path: ""), at: now)
                } else {
                    scene.stored = credential
                    step = scene.machine.intentStored(flight)
                }
            case .call:
                step = scene.machine.replied(flight, outcome: outcome(), sentAt: now, at: now)
            case .reread:
                step = scene.machine.reread(flight, stored: scene.stored, at: now)
            case .store(let credential, let generation),
                .storeAgain(let credential, let generation, _, _):
                store(credential, over: generation, fails: fails)
            case .end, .abandon: break
            }
            switch step {
            case .end, .abandon:
                self.flight = nil
                step = nil
            default: break
            }
        }

        mutating func store(_ credential: Credential, over generation: Int?, fails: Bool) {
            guard let flight else { return }
            if scene.stored?.generation != generation {
                let error = StoreError.conflict(stored: scene.stored?.generation)
                step = scene.machine.storeFailed(flight, error: error, at: now)
            } else if fails {
                step = scene.machine.storeFailed(flight, error: .full(path: ""), at: now)
            } else {
                #expect(credential.generation > generation ?? -1)
                scene.stored = credential
                step = scene.machine.stored(flight, at: now)
            }
        }

        mutating func event() {
            time += Double.random(in: 0..<8, using: &dice)
            switch Int.random(in: 0..<12, using: &dice) {
            case 0...3:
                if case .start(let new, _) = scene.machine.requested(at: now) { began(new) }
            case 4:
                let generation = Int.random(in: 0...max(1, issued), using: &dice)
                if case .start(let new) = scene.machine.rejected(generation: generation, at: now) {
                    began(new)
                }
            case 5:
                if case .start(let new) = scene.machine.timerRang(at: now, lastUsed: now.instant) {
                    began(new)
                }
            case 6 where Int.random(in: 0..<4, using: &dice) == 0:
                if case .start(let new) = scene.machine.refreshAsked(since: 0, at: now) {
                    began(new)
                }
            case 7 where Int.random(in: 0..<8, using: &dice) == 0: replace()
            case 8 where Int.random(in: 0..<4, using: &dice) == 0:
                guard let flight else { return }
                step = scene.machine.failed(flight, fault: .timedOut, at: now)
                if case .end = step {
                    self.flight = nil
                    step = nil
                }
            default: fly()
            }
        }

        mutating func replace() {
            issued += 1
            let imported = (scene.stored ?? Credential()).imported(
                accessToken: Secret("T\(issued)"),
                expiresAt: nil,
                refreshToken: Secret("R\(issued)"),
                by: scene.machine.rules,
                at: now.wall
            )
            scene.stored = imported
            let overtaken = scene.machine.replaced(with: imported, at: now).overtaken
            #expect(overtaken == flight)
            if let flight {
                #expect(scene.machine.stored(flight, at: now).word == "abandon")
            }
            flight = nil
            step = nil
        }
    }

    @Test(arguments: 0..<60)
    func `whatever comes, there is one flight, generations grow and tokens are durable`(
        seed: Int
    ) {
        var walk = Walk(seed: UInt64(seed))
        var generation = 0
        for _ in 0..<1500 {
            walk.event()
            #expect(walk.scene.machine.flight == walk.flight)
            let snapshot = walk.scene.machine.snapshot
            #expect(snapshot?.generation ?? 0 >= generation)
            generation = snapshot?.generation ?? 0
            // What requests may see is what the store holds: refused ones may run ahead of it.
            if let token = snapshot?.accessToken {
                #expect(token == walk.scene.stored?.accessToken)
            }
        }
        #expect(walk.issued > 3)
    }
}
