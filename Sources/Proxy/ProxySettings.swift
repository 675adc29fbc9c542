package import Config
package import Connection
package import Credentials
package import IO
package import Log

/// What all workers share: the parts of a configuration that requests are served by.
package struct ProxySettings: Sendable {
    package let configuration: Configuration
    package let table: RouteTable
    package let tokens: any TokenSource
    package let budgets: [UpstreamBudget]
    /// What answers the connect pages; `nil`: there are none.
    package let pages: PageHandler?
    package let resolver: Resolver
    package let accessLog: AccessLog?
    package let log: Logger
    /// Addresses of our own listeners: an upstream must not be one of them.
    package let ownAddresses: [SocketAddress]

    /// Puts the shared parts together.
    package init(
        _ configuration: Configuration,
        tokens: any TokenSource,
        pages: PageHandler? = nil,
        resolver: Resolver,
        accessLog: AccessLog?,
        log: Logger,
        ownAddresses: [SocketAddress]
    ) {
        self.configuration = configuration
        table = RouteTable(configuration)
        self.tokens = tokens
        self.pages = pages
        self.resolver = resolver
        self.accessLog = accessLog
        self.log = log
        self.ownAddresses = ownAddresses
        budgets = configuration.connections.map {
            UpstreamBudget(connectionsMax: $0.upstream.connections, queueMax: $0.upstream.queue)
        }
    }
}
