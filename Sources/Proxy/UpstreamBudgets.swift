internal import Config
internal import Connection
internal import Credentials
internal import Synchronization

/// The budgets of connections, shared by all event loops; each goes with the last pool that uses it.
final class UpstreamBudgets: Sendable {
    /// How many are kept before those that nobody uses are looked for.
    private static let countBeforeSweep = 64

    /// A budget that lives as long as pools use it.
    private struct WeakBudget {
        weak var budget: UpstreamBudget?
    }

    /// The budgets by the version of their connection.
    private struct State {
        var budgets: [Int: WeakBudget] = [:]
        var sweepAt = UpstreamBudgets.countBeforeSweep
    }

    private let state = Mutex(State())

    /// The one budget of a connection as it is now.
    func budget(of entry: ConnectionDirectory.Entry) -> UpstreamBudget {
        state.withLock { state in
            if let budget = state.budgets[entry.version]?.budget { return budget }
            if state.budgets.count >= state.sweepAt {
                state.budgets = state.budgets.filter { $0.value.budget != nil }
                state.sweepAt = max(Self.countBeforeSweep, state.budgets.count * 2)
            }
            let limits = entry.connection.upstream
            let budget = UpstreamBudget(
                connectionsMax: limits.connections,
                queueMax: limits.queue
            )
            state.budgets[entry.version] = WeakBudget(budget: budget)
            return budget
        }
    }
}
