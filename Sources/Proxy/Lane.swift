internal import Config
internal import Connection
internal import Credentials
internal import IO

/// What one event loop keeps for a route and its connection: the pool, and the prepared token.
final class Lane {
    let route: Route
    let pool: UpstreamPool
    /// What is injected for the account that needs no naming: the connection's own, or the fixed.
    let slot: InjectionSlot
    /// Whether its connection is gone or has changed; who began with it ends with it.
    var isRetired = false

    init(_ route: Route, pool: UpstreamPool, _ tokens: any TokenSource) {
        self.route = route
        self.pool = pool
        slot = InjectionSlot(route, tenant: route.fixedTenant, tokens)
        slot.isKept = true
    }
}

/// The lanes of one event loop: one for each block that names its connection, and one for each
/// connection that requests name.
final class Lanes {
    /// A block, and the state of a connection.
    private struct Key: Hashable {
        let block: Int
        let version: Int
    }

    /// A pool that lives as long as lanes and requests use it.
    private struct WeakPool {
        weak var pool: UpstreamPool?
    }

    private let settings: ProxySettings
    private let loop: EventLoop
    private let buffers: BufferPool
    private var fixed: [Lane?]
    private var named: [Key: Lane] = [:]
    private var pools: [Int: WeakPool] = [:]
    private let tenants: TenantSlots
    /// From any thread, has `budgetChanged` called on this loop.
    private let callBack: @Sendable (Int, UpstreamBudget) -> Void

    init(
        _ settings: ProxySettings,
        on loop: EventLoop,
        buffers: BufferPool,
        tenants: TenantSlots,
        callBack: @escaping @Sendable (Int, UpstreamBudget) -> Void
    ) {
        self.settings = settings
        self.loop = loop
        self.buffers = buffers
        self.tenants = tenants
        self.callBack = callBack
        fixed = Array(repeating: nil, count: settings.gate.table.blocks.count)
    }

    /// The lane of a request that was let in; `nil` if no connection is known.
    func lane(for admission: Admission) -> Lane? {
        guard let block = admission.block else { return nil }
        if let route = block.route {
            if let lane = fixed[block.index] { return lane }
            let lane = Lane(route, pool: pool(of: route.entry), settings.tokens)
            fixed[block.index] = lane
            return lane
        }
        guard let entry = admission.entry else { return nil }
        let key = Key(block: block.index, version: entry.version)
        if let lane = named[key] { return lane }
        let route = Route(block.configuration, entry)
        let lane = Lane(route, pool: pool(of: entry), settings.tokens)
        named[key] = lane
        return lane
    }

    /// Forgets the lanes of connections that are gone or have changed; requests that are under way
    /// end with what they began with.
    func dropOutdated() {
        for (key, lane) in named {
            let entry = lane.route.entry
            guard settings.directory[entry.connection.name]?.version != key.version else {
                continue
            }
            named[key] = nil
            lane.isRetired = true
            tenants.forget(lane)
            if !fixed.contains(where: { $0?.pool === lane.pool }) { lane.pool.close() }
        }
        pools = pools.filter { $0.value.pool != nil }
    }

    /// The pool of a connection, shared by all its lanes.
    private func pool(of entry: ConnectionDirectory.Entry) -> UpstreamPool {
        if let pool = pools[entry.version]?.pool { return pool }
        let connection = entry.connection
        let budget = settings.budgets.budget(of: entry)
        let pool = UpstreamPool(
            on: loop,
            buffers: buffers,
            resolver: settings.resolver,
            budget: budget,
            idleMax: connection.upstream.idle,
            admit: AddressRules(ownAddresses: settings.ownAddresses).policy,
            tlsContext: { () throws(IOError) in try UpstreamTLS.context(connection.apiTLS) },
            callBack: { [callBack] in callBack(entry.version, budget) }
        )
        pools[entry.version] = WeakPool(pool: pool)
        return pool
    }

    /// A place for an upstream connection may have come free, or be wanted, on another loop.
    func budgetChanged(_ version: Int, _ budget: UpstreamBudget) {
        guard let pool = pools[version]?.pool else {
            // Nobody here needs it any more, but another loop may.
            budget.passOn()
            return
        }
        pool.budgetChanged()
    }

    /// Closes what is idle.
    func closeIdle() {
        for pool in pools.values { pool.pool?.closeIdle() }
    }
}
