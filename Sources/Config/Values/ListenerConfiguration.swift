package import Crypto

/// One place where clients connect (`listener`, `listen`).
package struct ListenerConfiguration: Sendable {
    /// The name; that of a short `listen ADDRESS` is its address.
    package var name: String
    package var binds: [BindConfiguration] = []
    /// The certificates to choose from by SNI, the first one being the fallback; none: plain HTTP.
    package var tls: [ServerTLSConfiguration] = []
    /// Whether every route here needs a caller.
    package var callersRequired = false
    /// Whether routes are served here.
    package var routes = true
    /// Whether `/connect/…` and `/oauth-callback` are served here.
    package var connectPages = false
    package var timeouts = Timeouts()
    package var limits = Limits()

    package init(name: String) {
        self.name = name
    }

    /// How long a client may take.
    package struct Timeouts: Sendable, Equatable {
        /// For the whole head of a request.
        package var header: Duration = .seconds(10)
        /// Between two reads of a body.
        package var body: Duration = .seconds(30)
        /// Between two requests on one connection.
        package var keepAlive: Duration = .seconds(75)

        package init() {}
    }

    /// How much a client may send.
    package struct Limits: Sendable, Equatable {
        /// Bytes of all header fields together.
        package var header = 32 << 10
        /// Header fields in one request.
        package var fields = 100
        /// Bytes of the request line.
        package var line = 16 << 10
        /// Bytes of a body; a route's own limit replaces this one.
        package var body = 100 << 20
        /// Connections open at once.
        package var connections = 10_000
        /// Bytes a second that a body must keep, counted after its first 30 seconds.
        package var minimumRate = 256

        package init() {}
    }
}

/// One address to listen on, with the `Host` names that are answered there.
package struct BindConfiguration: Sendable, Equatable {
    package var address: BindAddress
    /// The permissions of a unix socket.
    package var mode: Int = 0o660
    /// The hosts answered here, in lower case, without port, IPv6 in brackets; `nil`: any.
    ///
    /// What was written as `hosts`; else, on loopback, names that a browser cannot be tricked
    /// into (DNS rebinding), and the `host=` of routes.
    package var hosts: [String]?

    package init(_ address: BindAddress, hosts: [String]? = nil) {
        self.address = address
        self.hosts = hosts
    }
}

/// An address to listen on.
package enum BindAddress: Sendable, Hashable {
    /// A numeric address, IPv6 without its brackets; port 0 lets the kernel choose.
    case tcp(host: String, port: Int)
    /// A unix socket at a path.
    case unix(path: String)
    /// A socket that systemd hands over by name.
    case descriptor(name: String)

    /// Whether only this machine can reach it.
    package var isLocal: Bool {
        switch self {
        case .tcp(let host, _): Loopback.contains(host)
        case .unix: true
        case .descriptor: false
        }
    }

    /// Whether it is a TCP socket on loopback, which a browser can be made to call.
    package var isLoopback: Bool {
        switch self {
        case .tcp(let host, _): Loopback.contains(host)
        case .unix, .descriptor: false
        }
    }
}

extension BindAddress: CustomStringConvertible {
    /// The address as it is written in a configuration.
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .descriptor(let name): "fd:\(name)"
        }
    }
}

/// A certificate that a listener shows (`tls`).
package struct ServerTLSConfiguration: Sendable {
    /// The lowest protocol version that is spoken.
    package enum Version: String, Sendable, CaseIterable {
        case v12 = "1.2"
        case v13 = "1.3"
    }

    package var certificate: PEM
    package var key: PEM
    package var minimumVersion = Version.v12
    /// Who signs the certificates of clients; `nil`: none are asked for.
    package var clientCA: PEM?
    package var clientCertificateRequired = false
    /// The SNI names this certificate is for, in lower case; empty: the fallback.
    package var serverNames: [String] = []

    package init(certificate: PEM, key: PEM) {
        self.certificate = certificate
        self.key = key
    }
}

/// A certificate or a key: a file, or its very content.
package enum PEM: Sendable, Equatable {
    case path(String)
    case pem(Secret)
}

/// Somebody who may call (`caller`).
package struct CallerConfiguration: Sendable {
    /// What the caller shows in a header.
    package enum Token: Sendable, Equatable {
        case secret(Secret)
        /// The 32 bytes of the token's SHA-256.
        case sha256([UInt8])

        /// The SHA-256 of the token.
        package var digest: [UInt8] {
            switch self {
            case .secret(let secret): SHA256.digest(secret)
            case .sha256(let digest): digest
            }
        }
    }

    /// What the caller's certificate must say.
    package enum ClientCertificate: Sendable, Equatable {
        case subjectAlternativeName(String)
        case commonName(String)
        /// The 32 bytes of the certificate's SHA-256.
        case sha256([UInt8])
    }

    package var name: String
    package var token: Token?
    package var clientCertificate: ClientCertificate?
    /// The only tenants it may name; one of them is the one it is; empty: any.
    package var tenants: [String] = []

    package init(name: String) {
        self.name = name
    }
}
