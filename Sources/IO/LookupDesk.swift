internal import Synchronization
internal import Time

/// Look-ups on a few threads, one at a time for each name, with a short memory.
final class LookupDesk: Sendable {
    /// What is asked for.
    struct Place: Hashable {
        let host: String
        let port: Int
    }

    /// What came of a look-up.
    typealias Answer = Result<[SocketAddress], IOError>

    /// How long an answer is believed.
    private static let memory: Duration = .seconds(10)
    /// How long it is believed that a name has no address.
    private static let failureMemory: Duration = .seconds(3)
    /// How many answers are remembered.
    private static let entriesMax = 4096

    /// An answer, and until when it is believed.
    private struct Entry {
        let addresses: [SocketAddress]
        let until: Instant
    }

    /// A look-up that waits for its turn or is under way.
    private struct Flight {
        var waiters: [CheckedContinuation<Answer, Never>] = []
        /// When the last of them has gone.
        var until: Instant

        func end(_ answer: Answer) {
            for waiter in waiters { waiter.resume(returning: answer) }
        }
    }

    /// What the threads share.
    private struct State {
        private var entries: [Place: Entry] = [:]
        var flights: [Place: Flight] = [:]

        func known(_ place: Place) -> [SocketAddress]? {
            entries[place].flatMap { $0.until > .now ? $0.addresses : nil }
        }

        mutating func remember(_ addresses: [SocketAddress], of place: Place) {
            if entries.count >= entriesMax { entries.removeAll() }
            let memory = addresses.isEmpty ? failureMemory : memory
            entries[place] = Entry(addresses: addresses, until: .now + memory)
        }
    }

    private let pool: BlockingPool
    private let question: Resolver.Question
    private let state = Mutex(State())

    /// Makes a desk of so many threads, at which so many names may wait.
    init(threads: Int, queueMax: Int, asking question: @escaping Resolver.Question) {
        pool = BlockingPool(name: "resolver", threadsMax: threads, queueMax: queueMax)
        self.question = question
    }

    /// What is remembered of a name.
    func known(_ place: Place) -> [SocketAddress]? { state.withLock { $0.known(place) } }

    /// Looks a name up, with all who ask for it meanwhile.
    ///
    /// `exhausted` when too many names wait. One that nobody waits for any more when its turn
    /// comes is not looked up.
    func ask(_ place: Place, until deadline: Instant) async -> Answer {
        await withCheckedContinuation { (waiter: CheckedContinuation<Answer, Never>) in
            let (known, isFirst) = state.withLock { state -> ([SocketAddress]?, Bool) in
                // A look-up may have ended on the way here.
                if let known = state.known(place) { return (known, false) }
                let isFirst = state.flights[place] == nil
                var flight = state.flights[place] ?? Flight(until: deadline)
                flight.waiters.append(waiter)
                flight.until = max(flight.until, deadline)
                state.flights[place] = flight
                return (nil, isFirst)
            }
            if let known { waiter.resume(returning: .success(known)) }
            guard isFirst, !pool.submit({ self.lookUp(place) }) else { return }
            finish(place, .failure(.exhausted))
        }
    }

    private func lookUp(_ place: Place) {
        // Who comes after this begins another look-up.
        let forsaken = state.withLock { state -> Flight? in
            guard let flight = state.flights[place], flight.until <= .now else { return nil }
            return state.flights.removeValue(forKey: place)
        }
        if let forsaken {
            forsaken.end(.failure(.timedOut))
        } else {
            finish(place, .success(question(place.host, place.port)))
        }
    }

    private func finish(_ place: Place, _ answer: Answer) {
        let flight = state.withLock { state in
            if case .success(let addresses) = answer { state.remember(addresses, of: place) }
            return state.flights.removeValue(forKey: place)
        }
        flight?.end(answer)
    }
}
