internal import Config
internal import Connection
internal import IO

/// What one worker carries requests with: pools, prepared tokens, buffers.
///
/// Not an actor, but the property of one: its methods run where their caller does, so that a
/// request costs no hop beyond those of its two waits.
final class DataPath {
    let loop: EventLoop
    let settings: ProxySettings
    let buffers = BufferPool()
    var identity = RequestIdentity()
    var date = DateLine()
    let logLines: AccessLogBuffer?
    /// Whether answers end their connections, because the proxy is about to stop.
    var isDraining = false
    private var pools: [UpstreamPool?]
    private var injections: [InjectionSlot?]
    /// From any thread, has `budgetChanged` called on this loop.
    private let callBack: @Sendable (Int) -> Void

    init(
        on loop: EventLoop,
        _ settings: ProxySettings,
        callBack: @escaping @Sendable (Int) -> Void
    ) {
        self.loop = loop
        self.settings = settings
        self.callBack = callBack
        logLines = settings.accessLog.map { AccessLogBuffer($0, loop: loop) }
        pools = Array(repeating: nil, count: settings.configuration.connections.count)
        injections = Array(repeating: nil, count: settings.table.routes.count)
    }

    /// The pool of a route's connection, made when it is first needed.
    func pool(for route: Route) -> UpstreamPool {
        if let pool = pools[route.connectionIndex] { return pool }
        let index = route.connectionIndex
        let connection = route.connection
        let pool = UpstreamPool(
            on: loop,
            buffers: buffers,
            resolver: settings.resolver,
            budget: settings.budgets[index],
            idleMax: connection.upstream.idle,
            admit: AddressRules(ownAddresses: settings.ownAddresses).policy,
            tlsContext: { () throws(IOError) in try UpstreamTLS.context(connection.api.tls) },
            callBack: { [callBack] in callBack(index) }
        )
        pools[index] = pool
        return pool
    }

    /// A place for an upstream connection may have come free, or be wanted, on another loop.
    func budgetChanged(_ index: Int) { pools[index]?.budgetChanged() }

    /// What this loop keeps of a route's token.
    func injectionSlot(for route: Route) -> InjectionSlot {
        if let slot = injections[route.index] { return slot }
        let slot = InjectionSlot(route, settings.tokens)
        injections[route.index] = slot
        return slot
    }

    /// Closes what is idle and hands the log's last lines on.
    func finish() {
        for pool in pools { pool?.closeIdle() }
        logLines?.flush()
    }
}
