import Time
import Bytes
import Glibc
import IO
import Testing

/// The work of one loop, as the proxy's worker is made.
actor Pinned: LoopActor {
    nonisolated let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func echo(_ fd: CInt, rounds: Int) async throws {
        let stream = ByteStream(fd: fd, peer: nil, on: loop)
        let buffer = Buffer(capacity: 64)
        for _ in 0..<rounds {
            _ = try await stream.fill(buffer, until: .never)
            try await stream.drain(buffer, until: .never)
        }
        stream.close()
    }

    func pingPong(rounds: Int) async throws -> (wakeUps: Int, polls: Int) {
        let pair = try ByteStream.socketPair()
        let far = pair.1
        let other = loop.start { try? await self.echo(far, rounds: rounds) }
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        let buffer = Buffer(capacity: 64)
        let before = (loop.wakeUps, loop.polls)
        for round in 0..<rounds {
            buffer.append(UInt8(truncatingIfNeeded: round))
            try await stream.drain(buffer, until: .never)
            let count = try await stream.fill(buffer, until: loop.now + .seconds(5))
            #expect(count == 1)
            #expect(buffer.withReadable { $0[0] } == UInt8(truncatingIfNeeded: round))
            buffer.clear()
        }
        let result = (loop.wakeUps - before.0, loop.polls - before.1)
        await other.value
        stream.close()
        return result
    }

    func timeOut() async throws -> IOError? {
        let pair = try ByteStream.socketPair()
        defer { close(pair.1) }
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        defer { stream.close() }
        do {
            _ = try await stream.fill(Buffer(capacity: 64), until: loop.now + .milliseconds(5))
            return nil
        } catch {
            return error
        }
    }

    func cancelWhileWaiting() async throws -> IOError? {
        let pair = try ByteStream.socketPair()
        defer { close(pair.1) }
        let stream = ByteStream(fd: pair.0, peer: nil, on: loop)
        defer { stream.close() }
        let timer = LoopTimer { stream.cancel() }
        loop.setDeadline(timer, loop.now + .milliseconds(1))
        do {
            _ = try await stream.fill(Buffer(capacity: 64), until: .never)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct EventLoopTests {
    @Test func `a ping-pong on one loop wakes it from no other thread`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pinned = Pinned(loop)
        let result = try await Task(executorPreference: loop) {
            try await pinned.pingPong(rounds: 2000)
        }.value
        #expect(result.wakeUps <= 2, "each wake-up is a trip through the global pool")
        #expect(result.polls <= 2 * 2000 + 20)
    }

    @Test func `a wait ends at its deadline`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pinned = Pinned(loop)
        #expect(try await pinned.timeOut() == .timedOut)
    }

    @Test func `a cancelled stream ends the wait at once`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pinned = Pinned(loop)
        #expect(try await pinned.cancelWhileWaiting() == .cancelled)
    }
}
