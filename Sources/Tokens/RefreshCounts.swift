/// What became of the refreshes of one connection, over all its tenants, since the start.
package struct RefreshCounts: Sendable, Equatable {
    /// How a refresh that made a call came out.
    package enum Result: String, Sendable, CaseIterable {
        case ok
        /// The grant or the client was refused: a person must act.
        case invalidGrant = "invalid_grant"
        case transient
        case timeout
    }

    /// The upper ends of the buckets of durations, in seconds; a last one has no end.
    package static let bounds: [Double] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    package private(set) var results: [Result: Int] = [:]
    /// How many calls took up to each bound and no less than the one before; one more than bounds.
    package private(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
    package private(set) var secondsSum = 0.0

    /// Counts a result.
    mutating func count(_ result: Result) {
        results[result, default: 0] &+= 1
    }

    /// Counts the duration of a call.
    mutating func took(_ seconds: Double) {
        secondsSum += seconds
        buckets[RefreshCounts.bounds.firstIndex { seconds <= $0 } ?? RefreshCounts.bounds.count] &+=
            1
    }
}

/// What became of one kind of vault operation since the start.
package struct VaultOperation: Sendable, Hashable {
    /// What was asked of the vault.
    package enum Kind: String, Sendable, CaseIterable {
        case load, store, delete, list, lock
    }

    /// How it came out; a conflict means that another process was first.
    package enum Result: String, Sendable, CaseIterable {
        case ok, conflict, error
    }

    package let kind: Kind
    package let result: Result
}
