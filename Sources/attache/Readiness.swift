import Synchronization

/// Whether the proxy wants requests, for whoever spreads them.
final class Readiness: Sendable {
    private let isReady = Atomic<Bool>(true)

    /// Whether requests are served.
    var value: Bool { isReady.load(ordering: .relaxed) }

    /// Says from now on so.
    func set(_ value: Bool) { isReady.store(value, ordering: .relaxed) }
}
