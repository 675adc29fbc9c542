package import Config
internal import Connection
package import Credentials
package import IO
package import Log

/// What all workers share: the parts of a configuration that requests are served by.
package struct ProxySettings: Sendable {
    let gate: Gate
    package let directory: ConnectionDirectory
    package let tokens: any TokenSource
    let budgets = UpstreamBudgets()
    /// What answers the connect pages; `nil`: there are none.
    package let pages: PageHandler?
    /// Where a person can connect what a request needs; `nil`: nobody says.
    let helpURL: Template?
    package let resolver: Resolver
    package let accessLog: AccessLog?
    package let log: Logger
    /// Addresses of our own listeners: an upstream must not be one of them.
    package let ownAddresses: [SocketAddress]

    /// Puts the shared parts together; the directory knows the configuration's connections.
    package init(
        _ configuration: Configuration,
        _ directory: ConnectionDirectory,
        tokens: any TokenSource,
        pages: PageHandler? = nil,
        resolver: Resolver,
        accessLog: AccessLog?,
        log: Logger,
        ownAddresses: [SocketAddress]
    ) {
        gate = Gate(
            table: RouteTable(configuration, directory),
            callers: CallerTable(configuration.callers)
        )
        self.directory = directory
        self.tokens = tokens
        self.pages = pages
        helpURL = configuration.admin?.helpURL?.emptyWhereMissing
        self.resolver = resolver
        self.accessLog = accessLog
        self.log = log
        self.ownAddresses = ownAddresses
    }
}
