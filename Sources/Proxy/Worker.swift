package import Time
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
    package let resolver: Resolver
    package let accessLog: AccessLog?
    package let log: Logger
    /// Addresses of our own listeners: an upstream must not be one of them.
    package let ownAddresses: [SocketAddress]

    /// Puts the shared parts together.
    package init(
        _ configuration: Configuration,
        tokens: any TokenSource,
        resolver: Resolver,
        accessLog: AccessLog?,
        log: Logger,
        ownAddresses: [SocketAddress]
    ) {
        self.configuration = configuration
        table = RouteTable(configuration)
        self.tokens = tokens
        self.resolver = resolver
        self.accessLog = accessLog
        self.log = log
        self.ownAddresses = ownAddresses
        budgets = configuration.connections.map {
            UpstreamBudget(connectionsMax: $0.upstream.connections, queueMax: $0.upstream.queue)
        }
    }
}

/// The data path of one event loop: its listeners, its clients, its upstream connections.
///
/// Everything in it is this loop's own; only the settings and the published tokens are shared.
package actor Worker: LoopActor {
    package nonisolated let loop: EventLoop
    package nonisolated let reference: LoopReference
    let settings: ProxySettings
    let buffers = BufferPool()
    var identity = RequestIdentity()
    var date = DateLine()
    var logLines: AccessLogBuffer?
    private var exchanges: [Exchange] = []
    private var ports: [(listener: Listener, port: Port)] = []
    private var clients: [ObjectIdentifier: Client] = [:]
    private var pools: [UpstreamPool?]
    private var injections: [InjectionSlot?]
    private(set) var isDraining = false
    private var whenIdle: TimedWait<Bool>?

    /// Makes a worker without listeners.
    package init(on loop: EventLoop, _ settings: ProxySettings) {
        self.loop = loop
        reference = LoopReference(loop)
        self.settings = settings
        pools = Array(repeating: nil, count: settings.configuration.connections.count)
        injections = Array(repeating: nil, count: settings.table.routes.count)
    }

    /// Serves a listening socket from now on.
    ///
    /// - Throws: `IOError` when the socket cannot be put on the loop or a certificate not be loaded.
    package func listen(
        _ socket: ListeningSocket,
        as listener: ListenerConfiguration,
        hosts: [String]?
    ) throws(IOError) {
        if logLines == nil, let sink = settings.accessLog {
            logLines = AccessLogBuffer(sink, loop: loop)
        }
        let port = Port(listener, hosts: hosts, tls: try ServerTLS.context(listener.tls))
        let index = ports.count
        ports.append((try Listener(socket, on: loop), port))
        loop.start { await self.accept(at: index) }
    }

    /// Accepts connections until the listener is closed.
    private func accept(at index: Int) async {
        let (listener, port) = ports[index]
        while await listener.waitForConnection() {
            switch listener.accept() {
            case .connection(let fd, let peer):
                guard clients.count < port.connectionsMax else {
                    ByteStream.refuse(fd)
                    continue
                }
                loop.start { await self.serve(fd, peer, at: index) }
            case .none: continue
            case .exhausted:
                settings.log.log(.warn, "out of file descriptors; accepting again in 100 ms")
                await loop.sleep(until: loop.now + .milliseconds(100))
            }
        }
    }

    /// Serves one client connection to its end.
    private func serve(_ fd: CInt, _ peer: SocketAddress?, at index: Int) async {
        let port = ports[index].port
        guard let stream = try? ByteStream(fd: fd, peer: peer, on: loop) else { return }
        let client = Client(stream, port: port, buffers: buffers)
        clients[ObjectIdentifier(client)] = client
        let timeouts = port.configuration.timeouts
        var deadline = loop.now + timeouts.header
        var goesOn = true
        if let tls = port.tls {
            do throws(IOError) {
                try await stream.acceptTLS(tls, until: deadline)
            } catch {
                goesOn = false
            }
        }
        while goesOn {
            goesOn = await nextExchange(client, until: deadline)
            deadline = loop.now + timeouts.keepAlive
        }
        client.reader.dropBuffer()
        stream.close()
        clients[ObjectIdentifier(client)] = nil
        if clients.isEmpty { whenIdle?.resume(true) }
    }

    /// Waits for a request and answers it; whether the connection can carry another.
    private func nextExchange(_ client: Client, until deadline: Instant) async -> Bool {
        client.isIdle = true
        if isDraining, !client.reader.hasBytes { return false }
        do throws(IOError) {
            try await client.reader.waitForBytes(until: deadline)
        } catch {
            return false
        }
        client.isIdle = false
        let exchange = exchanges.popLast() ?? Exchange()
        exchange.begin(at: loop.now)
        let goesOn = await answer(client, exchange)
        exchanges.append(exchange)
        return goesOn && !isDraining
    }

    // MARK: What the exchanges use

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
            admit: AddressRules(connection, ownAddresses: settings.ownAddresses).policy,
            tlsContext: { () throws(IOError) in try UpstreamTLS.context(connection.api.tls) },
            callBack: { [loop] in loop.start { await self.slotCameFree(index) } }
        )
        pools[index] = pool
        return pool
    }

    private func slotCameFree(_ index: Int) { pools[index]?.slotCameFree() }

    /// What this worker keeps of a route's token.
    func injectionSlot(for route: Route) -> InjectionSlot {
        if let slot = injections[route.index] { return slot }
        let slot = InjectionSlot(route, settings.tokens)
        injections[route.index] = slot
        return slot
    }

    // MARK: Stopping

    /// Closes the listeners and idle connections, lets what is in flight finish, and answers when
    /// nothing is left or the time is over.
    package func drain(until deadline: Instant) async {
        isDraining = true
        for entry in ports { entry.listener.close() }
        for client in clients.values where client.isIdle { client.stream.cancel() }
        if !clients.isEmpty {
            let idle = TimedWait<Bool>(atDeadline: false)
            whenIdle = idle
            _ = await idle.wait(on: loop, until: deadline)
        }
        for client in clients.values { client.stream.cancel() }
        for pool in pools { pool?.closeIdle() }
        logLines?.flush()
    }
}
