package import Config
internal import Connection
internal import Credentials
package import IO
internal import Log
package import Time

/// The data plane of one event loop: its listeners, its clients, its upstream connections.
///
/// Everything in it is this loop's own; only the settings and the published tokens are shared.
package actor Worker: LoopActor {
    package nonisolated let loop: EventLoop
    package nonisolated let reference: LoopReference
    private let settings: ProxySettings
    private var path: DataPath?
    private var exchanges: [Exchange] = []
    private var ports: [(listener: Listener, port: Port)] = []
    /// The clients, each at the place that its task knows.
    private var clients: [Client?] = []
    private var vacantPlaces: [Int] = []
    /// Places whose connection is over and whose task waits for another one.
    private var waitingPlaces: [Int] = []
    /// How many tasks may wait so.
    private static let waitingMax = 256
    /// How many connections are open.
    private var openCount = 0
    private var isDraining = false
    private var whenIdle: TimedWait<Bool>?

    /// Makes a worker without listeners.
    package init(on loop: EventLoop, _ settings: ProxySettings) {
        self.loop = loop
        reference = LoopReference(loop)
        self.settings = settings
    }

    /// Serves a listening socket from now on.
    ///
    /// - Throws: `IOError` when the socket cannot be put on the loop or a certificate not be loaded.
    package func listen(
        _ socket: ListeningSocket,
        as listener: ListenerConfiguration,
        hosts: [String]?,
        count: ConnectionCount
    ) throws(IOError) {
        let tls = try ServerTLS.context(listener.tls)
        let port = Port(listener, hosts: hosts, tls: tls, count: count)
        let index = ports.count
        ports.append((try Listener(socket, on: loop), port))
        loop.start { await self.accept(at: index) }
    }

    private func dataPath() -> DataPath {
        if let path { return path }
        let made = DataPath(on: loop, settings) { [loop] version, budget in
            loop.start { await self.budgetChanged(version, budget) }
        }
        path = made
        settings.directory.observe { [loop, weak self] in
            guard let self else { return }
            loop.start { await self.directoryChanged() }
        }
        return made
    }

    private func budgetChanged(_ version: Int, _ budget: UpstreamBudget) {
        path?.lanes.budgetChanged(version, budget)
    }

    private func directoryChanged() { path?.lanes.dropOutdated() }

    /// Accepts connections until the listener is closed.
    private func accept(at index: Int) async {
        let (listener, port) = ports[index]
        while await listener.waitForConnection() {
            switch listener.accept() {
            case .connection(let fd, let peer):
                guard port.count.take() else {
                    ByteStream.refuse(fd, with: port.tls == nil ? dataPath().tooMany() : [])
                    continue
                }
                begin(fd, peer, port)
            case .none: continue
            case .exhausted:
                settings.log.log(.warn, "out of file descriptors; accepting again in 100 ms")
                await loop.sleep(until: loop.now + .milliseconds(100))
            }
        }
    }

    /// Has a new connection served, by a task that is left over from another one if there is any.
    private func begin(_ fd: CInt, _ peer: SocketAddress?, _ port: Port) {
        openCount += 1
        if let place = waitingPlaces.popLast(), let client = clients[place] {
            client.reopen(fd, peer, port)
            client.gate.open(true)
            return
        }
        let stream = ByteStream(fd: fd, peer: peer, on: loop)
        let client = Client(stream, port: port, buffers: dataPath().buffers)
        let place = vacantPlaces.popLast() ?? clients.count
        if place == clients.count { clients.append(client) } else { clients[place] = client }
        loop.start { await self.serve(place) }
    }

    /// Serves client connections to their end, one after another.
    ///
    /// What stands in this frame, and in those of the functions it calls, is what an idle
    /// connection costs in memory.
    private func serve(_ place: Int) async {
        guard let client = clients[place], let path else { return }
        var goesOn = true
        while goesOn {
            await serve(client, path)
            client.close()
            openCount -= 1
            if openCount == 0 { whenIdle?.resume(true) }
            guard waitingPlaces.count < Self.waitingMax, !isDraining else { break }
            waitingPlaces.append(place)
            goesOn = await client.gate.wait()
        }
        clients[place] = nil
        vacantPlaces.append(place)
    }

    private func serve(_ client: Client, _ path: DataPath) async {
        var deadline = loop.now + client.port.headerTimeout
        if let tls = client.port.tls {
            do throws(IOError) {
                try await client.stream.acceptTLS(tls, until: deadline)
            } catch {
                return
            }
        }
        while true {
            while !client.reader.hasBytes {
                client.isIdle = true
                if isDraining { return }
                do throws(IOError) {
                    if !client.stream.mayRead {
                        try await client.stream.waitReadable(until: deadline)
                    }
                    if case .end = try client.reader.readNow() { return }
                } catch {
                    warn(of: error)
                    return
                }
            }
            client.isIdle = false
            let exchange = exchanges.popLast() ?? Exchange()
            exchange.begin(client, at: loop.now)
            let ending: Ending
            switch await path.begin(client, exchange) {
            case .ended(let early): ending = early
            case .streams(let streaming):
                ending = await stream(path, client, exchange, streaming)
            }
            path.log(client, exchange, ending)
            exchanges.append(exchange)
            guard ending == .complete, !isDraining else {
                await path.close(client, after: ending)
                return
            }
            deadline = loop.now + client.port.keepAliveTimeout
        }
    }

    /// Tells of a connection that ends by no fault of its client's.
    private func warn(of error: IOError) {
        guard case .system(let call, let number) = error else { return }
        settings.log.log(.warn, "a connection was dropped: \(call) failed with error \(number)")
    }

    // MARK: Stopping

    /// Closes the listeners and idle connections, lets what is in flight finish, and answers when
    /// nothing is left or the time is over.
    package func drain(until deadline: Instant) async {
        isDraining = true
        path?.isDraining = true
        for entry in ports { entry.listener.close() }
        for case let client? in clients where client.isIdle { client.stream.cancel() }
        if openCount > 0 {
            let idle = TimedWait<Bool>(atDeadline: false)
            whenIdle = idle
            _ = await idle.wait(on: loop, until: deadline)
        }
        for case let client? in clients { client.stream.cancel() }
        for place in waitingPlaces { clients[place]?.gate.open(false) }
        waitingPlaces.removeAll()
        path?.finish()
    }
}
