import IO
import Support
import Synchronization
import Testing
import Time

@Suite struct ResolverTests {
    /// Answers look-ups as a test wants, and counts them.
    private final class Names: Sendable {
        /// What holds up the look-up of a name.
        let gates: [String: Gate]
        private let asked = Mutex<[String]>([])

        init(slow gates: [String: Gate] = [:]) { self.gates = gates }

        /// Every look-up that has begun, in order.
        var all: [String] { asked.withLock { $0 } }

        func answer(_ host: String, _ port: Int) -> [SocketAddress] {
            asked.withLock { $0.append(host) }
            gates[host]?.pass()
            guard !host.hasPrefix("no-") else { return [] }
            return SocketAddress(ip: "192.0.2.1", port: port).map { [$0] } ?? []
        }
    }

    /// A resolver, and a loop to wait on.
    private struct Desk: Sendable {
        let resolver: Resolver
        let loop: EventLoop
        let patience: Patience

        init(_ resolver: Resolver) throws {
            self.resolver = resolver
            loop = try EventLoop(name: "resolver-test")
            patience = Patience(on: loop)
        }

        func ask(
            _ host: String,
            isNamed: Bool = true,
            until deadline: Instant = .now + .seconds(20)
        ) async throws(IOError) -> [SocketAddress] {
            try await resolver.addresses(
                of: host,
                port: 80,
                isNamed: isNamed,
                with: patience,
                until: deadline
            )
        }

        func failure(
            _ host: String,
            isNamed: Bool = true,
            until deadline: Instant = .now + .seconds(20)
        ) async -> IOError? {
            do throws(IOError) {
                _ = try await ask(host, isNamed: isNamed, until: deadline)
                return nil
            } catch {
                return error
            }
        }
    }

    private func desk(_ names: Names) throws -> Desk {
        try Desk(Resolver { names.answer($0, $1) })
    }

    @Test func `names are resolved and unknown ones reported`() async throws {
        let desk = try Desk(Resolver())
        defer { desk.loop.stop() }
        let found = try await desk.ask("localhost")
        #expect(found.allSatisfy { $0.isLoopback && $0.port == 80 } && !found.isEmpty)
        let failure = await desk.failure("no-such-name.invalid")
        #expect(failure == .unresolved(host: "no-such-name.invalid"))
        #expect(try await desk.ask("192.0.2.7").map(\.port) == [80])
    }

    @Test func `answers are remembered, those without an address too`() async throws {
        let names = Names()
        let desk = try desk(names)
        defer { desk.loop.stop() }
        for _ in 0..<3 {
            #expect(try await desk.ask("a.test").count == 1)
            #expect(await desk.failure("no-b.test") == .unresolved(host: "no-b.test"))
        }
        #expect(names.all == ["a.test", "no-b.test"])
    }

    @Test func `a name is looked up once for all who want it at the same time`() async throws {
        let gate = Gate()
        let names = Names(slow: ["slow.test": gate])
        let desk = try desk(names)
        defer { desk.loop.stop() }
        let found = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask { (try? await desk.ask("slow.test").count) ?? 0 }
            }
            gate.open()
            return await group.reduce(0, +)
        }
        #expect(found == 50)
        #expect(names.all == ["slow.test"])
    }

    @Test func `slow names from elsewhere stop no name of the configuration`() async throws {
        let gate = Gate()
        let slow = (0..<20).map { "slow\($0).test" }
        let names = Names(slow: Dictionary(uniqueKeysWithValues: slow.map { ($0, gate) }))
        let desk = try desk(names)
        defer { desk.loop.stop() }
        await withTaskGroup(of: Void.self) { group in
            for name in slow {
                group.addTask { _ = try? await desk.ask(name, isNamed: false) }
            }
            while names.all.count < 4 { await Task.yield() }
            let found = try? await desk.ask("named.test")
            #expect(found?.count == 1)
            // All threads for such names are taken, so this one waits in vain.
            let soon = Instant.now + .milliseconds(50)
            let failure = await desk.failure("other.test", isNamed: false, until: soon)
            #expect(failure == .timedOut)
            gate.open()
        }
        // Nobody wants it any more, so it is not looked up when its turn comes.
        _ = try await desk.ask("last.test", isNamed: false)
        #expect(names.all.contains("last.test") && !names.all.contains("other.test"))
    }

    @Test func `too many names that wait are refused at once`() async throws {
        let gate = Gate()
        let slow = (0..<4).map { "slow\($0).test" }
        let names = Names(slow: Dictionary(uniqueKeysWithValues: slow.map { ($0, gate) }))
        let desk = try desk(names)
        defer { desk.loop.stop() }
        await withTaskGroup(of: IOError?.self) { group in
            for name in slow { group.addTask { await desk.failure(name, isNamed: false) } }
            while names.all.count < 4 { await Task.yield() }
            for number in 0..<201 {
                group.addTask { await desk.failure("\(number).test", isNamed: false) }
            }
            // One of those that wait is too many; nothing else can end before the gate opens.
            #expect(await group.next() == .exhausted)
            gate.open()
            for await failure in group { #expect(failure == nil) }
        }
    }
}
