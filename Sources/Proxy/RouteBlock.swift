package import Config

/// A `route` of the configuration, made ready to be found: which requests it takes, and from whom.
package final class RouteBlock: Sendable {
    /// Its place in the table, by which each worker keeps what it prepared for it.
    let index: Int
    package let configuration: RouteConfiguration
    /// The route, if the block names its connection; else requests do.
    let route: Route?
    /// The prefix without its last slash, as raw bytes.
    let prefix: [UInt8]
    /// Which methods and paths pass; `nil`: all.
    let rules: AccessRules?
    /// The header that names the tenant, in lower case; `nil`: none does.
    let tenantHeader: [UInt8]?
    /// Whether a request with the right prefix needs no other look: no rules, caller or tenant.
    let isPlain: Bool

    init(index: Int, _ configuration: RouteConfiguration, route: Route?) {
        self.index = index
        self.configuration = configuration
        self.route = route
        prefix = Array(configuration.prefix.utf8)
        rules = AccessRules(configuration)
        if case .header(let name, _) = configuration.tenant {
            tenantHeader = Array(name.lowercased().utf8)
        } else {
            tenantHeader = nil
        }
        isPlain =
            route != nil && rules == nil && configuration.callers.isEmpty
            && configuration.tenant == .none
    }

    /// Whether a request needs a caller whatever its listener says.
    var needsCaller: Bool { !configuration.callers.isEmpty || configuration.tenant == .caller }
}
