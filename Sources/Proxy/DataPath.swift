internal import Connection
internal import Credentials
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
    var directory: DirectoryReader
    let lanes: Lanes
    let tenants = TenantSlots()

    /// `callBack`: from any thread, has `lanes.budgetChanged` called on this loop.
    init(
        on loop: EventLoop,
        _ settings: ProxySettings,
        callBack: @escaping @Sendable (Int, UpstreamBudget) -> Void
    ) {
        self.loop = loop
        self.settings = settings
        logLines = settings.accessLog.map { AccessLogBuffer($0, loop: loop) }
        directory = DirectoryReader(settings.directory)
        lanes = Lanes(settings, on: loop, buffers: buffers, tenants: tenants, callBack: callBack)
    }

    /// What this loop keeps of the token that a request is to carry; made, where nothing is kept.
    func injectionSlot(for lane: Lane, _ exchange: Exchange) -> InjectionSlot {
        guard let tenant = exchange.admission.tenant, lane.route.fixedTenant == nil else {
            return lane.slot
        }
        return tenants.slot(of: tenant, in: lane)
            ?? InjectionSlot(lane.route, tenant: tenant, settings.tokens)
    }

    /// Closes what is idle and hands the log's last lines on.
    func finish() {
        lanes.closeIdle()
        logLines?.flush()
    }
}
