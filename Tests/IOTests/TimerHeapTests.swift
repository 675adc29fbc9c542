import Time
import IO
import Testing

@Suite struct TimerTests {
    /// Notes in which order timers fire.
    actor Recorder: LoopActor {
        nonisolated let loop: EventLoop
        var fired: [Int] = []

        init(_ loop: EventLoop) { self.loop = loop }

        func record(_ delays: [Int], moved: [Int: Int], cancelled: Set<Int>) async -> [Int] {
            let order = Order()
            let start = loop.now
            let timers = delays.indices.map { index in LoopTimer { order.fired.append(index) } }
            for (index, delay) in delays.enumerated() {
                loop.setDeadline(timers[index], start + .milliseconds(delay))
            }
            for (index, delay) in moved {
                loop.setDeadline(timers[index], start + .milliseconds(delay))
            }
            for index in cancelled { loop.cancel(timers[index]) }
            await loop.sleep(until: start + .milliseconds(40))
            return order.fired
        }
    }

    final class Order { var fired: [Int] = [] }

    @Test func `timers fire in the order of their deadlines, moved and cancelled ones too`()
        async throws
    {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let recorder = Recorder(loop)
        let fired = await recorder.record([5, 3, 9, 1, 7], moved: [3: 12, 2: 2], cancelled: [4])
        #expect(fired == [2, 1, 0, 3])
    }

    @Test func `an instant past the end of time is never`() {
        #expect(Instant(nanoseconds: .max - 5) + .seconds(1) == .never)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
    }
}
