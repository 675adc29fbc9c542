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
    private var clients: [Int: Client] = [:]
    private var nextClient = 0
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
            loop.start { await self.slotCameFree(version, budget) }
        }
        path = made
        settings.directory.observe { [loop, weak self] in
            guard let self else { return }
            loop.start { await self.directoryChanged() }
        }
        return made
    }

    private func slotCameFree(_ version: Int, _ budget: UpstreamBudget) {
        path?.lanes.slotCameFree(version, budget)
    }

    private func directoryChanged() { path?.lanes.dropOutdated() }

    /// Accepts connections until the listener is closed.
    private func accept(at index: Int) async {
        let (listener, port) = ports[index]
        while await listener.waitForConnection() {
            switch listener.accept() {
            case .connection(let fd, let peer):
                guard port.count.take() else {
                    ByteStream.refuse(fd, with: port.tls == nil ? OwnAnswer.tooMany : [])
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

    /// Puts a new connection on the loop and starts to serve it.
    private func begin(_ fd: CInt, _ peer: SocketAddress?, _ port: Port) {
        guard let stream = try? ByteStream(fd: fd, peer: peer, on: loop) else {
            port.count.giveBack()
            return
        }
        nextClient &+= 1
        let number = nextClient
        clients[number] = Client(stream, port: port, buffers: dataPath().buffers)
        loop.start { await self.serve(number) }
    }

    /// Serves one client connection to its end.
    ///
    /// What stands in this frame, and in those of the functions it calls, is what an idle
    /// connection costs in memory.
    private func serve(_ number: Int) async {
        guard let client = clients[number], let path else { return }
        await serve(client, path)
        client.reader.dropBuffer()
        client.stream.close()
        client.port.count.giveBack()
        clients[number] = nil
        if clients.isEmpty { whenIdle?.resume(true) }
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
            if !client.reader.hasBytes {
                client.isIdle = true
                if isDraining { return }
                do throws(IOError) {
                    try await client.stream.waitReadable(until: deadline)
                } catch {
                    return
                }
                client.isIdle = false
            }
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

    // MARK: Stopping

    /// Closes the listeners and idle connections, lets what is in flight finish, and answers when
    /// nothing is left or the time is over.
    package func drain(until deadline: Instant) async {
        isDraining = true
        path?.isDraining = true
        for entry in ports { entry.listener.close() }
        for client in clients.values where client.isIdle { client.stream.cancel() }
        if !clients.isEmpty {
            let idle = TimedWait<Bool>(atDeadline: false)
            whenIdle = idle
            _ = await idle.wait(on: loop, until: deadline)
        }
        for client in clients.values { client.stream.cancel() }
        path?.finish()
    }
}
