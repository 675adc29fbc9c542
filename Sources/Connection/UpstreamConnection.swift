internal import Time
internal import HTTP
package import IO

/// Where a pool connects to: a host, a port, and how TLS is to be done, if at all.
package struct UpstreamAddress: Hashable, Sendable {
    package let host: String
    package let port: Int
    package let isTLS: Bool
    /// The name that the certificate must carry; the host unless said otherwise.
    package let serverName: String
    /// Whether the configuration itself names the host, and no credential does.
    package let isNamed: Bool

    package init(
        host: String,
        port: Int,
        isTLS: Bool,
        serverName: String? = nil,
        isNamed: Bool
    ) {
        self.host = host
        self.port = port
        self.isTLS = isTLS
        self.serverName = serverName ?? host
        self.isNamed = isNamed
    }
}

/// One connection to an upstream, leased to one exchange at a time.
package final class UpstreamConnection {
    package let stream: ByteStream
    package let reader: MessageReader
    package let writer: BodyWriter
    let address: UpstreamAddress
    /// Whether it has carried an exchange before, and so may turn out stale.
    package fileprivate(set) var isReused = false
    var idleSince = Instant.never

    init(_ stream: ByteStream, address: UpstreamAddress, buffers: BufferPool) {
        self.stream = stream
        self.address = address
        reader = MessageReader(stream, buffers: buffers)
        writer = BodyWriter(stream, buffers: buffers)
    }

    /// Whether an idle connection can carry another exchange: no end and no stray byte has come.
    var isHealthy: Bool {
        guard !stream.isBroken, !stream.peerFinished, !reader.hasBytes else { return false }
        guard stream.mayRead else { return true }
        guard case .wouldBlock? = try? reader.readNow() else { return false }
        return true
    }

    func markReused() { isReused = true }

    func close() {
        reader.dropBuffer()
        stream.close()
    }
}
