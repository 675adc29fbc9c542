internal import Bytes
internal import Config
internal import Connection
internal import HTTP
internal import IO
internal import Time

/// One caller's connection and where it came in; then, with the same task, that of another caller.
final class Client {
    let stream: ByteStream
    let reader: MessageReader
    let writer: BodyWriter
    private(set) var port: Port
    /// Whether it waits for its next request, and so may be closed at any time.
    var isIdle = true
    /// Where its task waits while there is no connection.
    let gate = TaskGate()

    init(_ stream: ByteStream, port: Port, buffers: BufferPool) {
        self.stream = stream
        self.port = port
        reader = MessageReader(stream, buffers: buffers)
        writer = BodyWriter(stream, buffers: buffers)
    }

    /// Takes over another connection once the last one is closed.
    func reopen(_ fd: CInt, _ peer: SocketAddress?, _ port: Port) {
        stream.reopen(fd: fd, peer: peer)
        self.port = port
        isIdle = true
    }

    /// Ends the connection and forgets all of it.
    func close() {
        reader.reset()
        writer.reset()
        stream.close()
        port.count.giveBack()
    }

    /// The caller's address for the log.
    var address: String {
        guard let address = stream.peerAddress, address.family != .unix else { return "unix" }
        return address.host
    }
}

/// One address that a listener serves, made ready for one event loop.
final class Port {
    let configuration: ListenerConfiguration
    let limits: HeadLimits
    let tls: TLSContext?
    /// Lower-case host names that requests may name; nil for any.
    private let hosts: [[UInt8]]?

    /// Whether a request may name this host; one without a host may not where names are given.
    func answers(to host: ByteRange?, in bytes: Span<UInt8>) -> Bool {
        guard let hosts else { return true }
        guard let host else { return false }
        return hosts.contains { ASCII.equals(bytes, host, lowercase: $0.span) }
    }

    /// Whether a route is served here.
    func serves(_ block: RouteBlock) -> Bool {
        let named = block.configuration.listeners
        return named.isEmpty ? configuration.routes : named.contains(configuration.name)
    }

    /// The most bytes that a request's body may have.
    func bodyMax(of route: RouteConfiguration) -> Int {
        route.limits.body ?? configuration.limits.body
    }

    /// How many connections the listener has, over all loops.
    let count: ConnectionCount
    /// Whether the connect pages are served here.
    let hasPages: Bool
    let headerTimeout: Interval
    let keepAliveTimeout: Interval
    let bodyTimeout: Interval

    init(
        _ configuration: ListenerConfiguration,
        hosts: [String]?,
        tls: TLSContext?,
        count: ConnectionCount
    ) {
        self.configuration = configuration
        self.count = count
        hasPages = configuration.connectPages
        headerTimeout = Interval(configuration.timeouts.header)
        keepAliveTimeout = Interval(configuration.timeouts.keepAlive)
        bodyTimeout = Interval(configuration.timeouts.body)
        self.tls = tls
        self.hosts = hosts.map { $0.map { RouteTable.hostKey($0) } }
        limits = HeadLimits(
            lineBytes: configuration.limits.line,
            headBytes: min(configuration.limits.header, BufferPool.capacity),
            fieldCount: configuration.limits.fields
        )
    }
}
