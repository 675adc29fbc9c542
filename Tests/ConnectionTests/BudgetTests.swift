import Connection
import Testing

/// How many connections all loops together may have.
@Suite struct BudgetTests {
    @Test func `gives no more than there are, and again what came back`() {
        let budget = UpstreamBudget(connectionsMax: 2, queueMax: 5)
        #expect(budget.take() && budget.take())
        #expect(!budget.take())
        budget.giveBack()
        #expect(budget.take())
        #expect(!budget.take())
    }

    @Test func `has room for one at least`() {
        let budget = UpstreamBudget(connectionsMax: 0, queueMax: 0)
        #expect(budget.take())
        #expect(!budget.take())
    }
}
