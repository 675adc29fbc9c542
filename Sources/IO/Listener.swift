internal import Time
internal import CLinux
internal import Glibc

/// A listening socket as a plain descriptor, made before any loop runs and shared or owned by loops.
package struct ListeningSocket: Sendable {
    package let fd: CInt
    package let address: SocketAddress

    /// Binds and listens.
    ///
    /// A TCP port is first bound without `SO_REUSEPORT`, so that a second instance is found out;
    /// `shared` then makes one of several sockets on the port, one for each loop.
    ///
    /// - Throws: `IOError.system` with `EADDRINUSE` when somebody listens there, and the like.
    package init(_ address: SocketAddress, shared: Bool, mode: UInt32? = nil) throws(IOError) {
        if address.family == .unix { try Self.clearStaleSocket(address) }
        let fd = try Self.open(address)
        do throws(IOError) {
            if address.family != .unix {
                try Self.setOption(fd, SOL_SOCKET, SO_REUSEADDR)
                if address.family == .inet6 {
                    try Self.setOption(fd, CInt(IPPROTO_IPV6), IPV6_V6ONLY)
                }
                if shared { try Self.setOption(fd, SOL_SOCKET, SO_REUSEPORT) }
                // Accepted sockets inherit it, which saves a call for each.
                try Self.setOption(fd, CInt(IPPROTO_TCP), TCP_NODELAY)
                // Clients speak first: a connection is handed over together with its first bytes,
                // or after a second without any. Where the kernel cannot, it comes at once.
                try? Self.setOption(fd, CInt(IPPROTO_TCP), TCP_DEFER_ACCEPT)
            }
            let bound = unsafe address.withSockaddr { unsafe bind(fd, $0, $1) }
            guard bound == 0 else { throw .system(call: "bind", errno: errno) }
            if let mode, address.family == .unix {
                guard unsafe chmod(address.host, mode) == 0 else {
                    throw .system(call: "chmod", errno: errno)
                }
            }
            guard listen(fd, 4096) == 0 else { throw .system(call: "listen", errno: errno) }
        } catch {
            Glibc.close(fd)
            throw error
        }
        self.fd = fd
        self.address = Self.boundAddress(of: fd) ?? address
    }

    /// Whether somebody else already listens at a TCP address, seen by binding without sharing.
    package static func probe(_ address: SocketAddress) throws(IOError) {
        guard address.family != .unix, address.port != 0 else { return }
        let fd = try open(address)
        defer { Glibc.close(fd) }
        try setOption(fd, SOL_SOCKET, SO_REUSEADDR)
        if address.family == .inet6 { try setOption(fd, CInt(IPPROTO_IPV6), IPV6_V6ONLY) }
        let bound = unsafe address.withSockaddr { unsafe bind(fd, $0, $1) }
        guard bound == 0, listen(fd, 1) == 0 else { throw .system(call: "bind", errno: errno) }
    }

    /// Closes the socket and, for a unix one, removes its name.
    package func close() {
        Glibc.close(fd)
        if address.family == .unix { unsafe unlink(address.host) }
    }

    private static func open(_ address: SocketAddress) throws(IOError) -> CInt {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let fd = socket(address.domain, type, 0)
        guard fd >= 0 else { throw .system(call: "socket", errno: errno) }
        return fd
    }

    private static func setOption(_ fd: CInt, _ level: CInt, _ option: CInt) throws(IOError) {
        var one: CInt = 1
        guard unsafe setsockopt(fd, level, option, &one, socklen_t(MemoryLayout<CInt>.size)) == 0
        else {
            throw .system(call: "setsockopt", errno: errno)
        }
    }

    /// Removes the name of a unix socket that a dead process left; a living one is left alone, and
    /// so is whatever is no socket.
    private static func clearStaleSocket(_ address: SocketAddress) throws(IOError) {
        var status = stat()
        guard unsafe lstat(address.host, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw .system(call: "bind", errno: ENOTSOCK)
        }
        let fd = try open(address)
        defer { Glibc.close(fd) }
        let connected = unsafe address.withSockaddr { unsafe connect(fd, $0, $1) }
        if connected == 0 || errno == EAGAIN || errno == EINPROGRESS {
            throw .system(call: "bind", errno: EADDRINUSE)
        }
        if errno == ECONNREFUSED { unsafe unlink(address.host) }
    }

    private static func boundAddress(of fd: CInt) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let answered = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(fd, $0, &length)
            }
        }
        return answered == 0 ? SocketAddress(storage, length: Int(length)) : nil
    }
}

/// A listening socket on one event loop.
package final class Listener {
    private let loop: EventLoop
    private let descriptor: Descriptor
    package let address: SocketAddress

    /// What one look at the backlog brought.
    package enum Accepted {
        case connection(fd: CInt, peer: SocketAddress?)
        case none
        /// No descriptor or memory left: the caller must wait a little instead of asking again.
        case exhausted
    }

    /// Puts a socket of this loop's own, or one that all loops share, on the loop.
    package init(_ socket: ListeningSocket, on loop: EventLoop) throws(IOError) {
        let fd = fcntl(socket.fd, F_DUPFD_CLOEXEC, 0)
        guard fd >= 0 else { throw .system(call: "fcntl", errno: errno) }
        self.loop = loop
        descriptor = Descriptor(fd: fd, loop: loop, exclusive: true)
        address = socket.address
        if let failure = descriptor.watch() {
            descriptor.close()
            throw .system(call: "epoll_ctl", errno: failure)
        }
    }

    /// Waits for somebody to connect; false when the listener was closed.
    package func waitForConnection() async -> Bool {
        switch await descriptor.waitReadable(until: .never) {
        case .ready: true
        case .timedOut, .cancelled, .unwatched: false
        }
    }

    /// Takes connections until the listener is closed; where there is no room for one, it waits.
    package func accept(each take: (CInt, SocketAddress?) -> Void) async {
        while await waitForConnection() {
            switch accept() {
            case .connection(let fd, let peer): take(fd, peer)
            case .none: continue
            case .exhausted: await loop.sleep(until: loop.now + .milliseconds(100))
            }
        }
    }

    /// Takes one connection from the backlog.
    package func accept() -> Accepted {
        guard descriptor.isOpen else { return .none }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let fd = unsafe attache_accept(descriptor.fd, &storage, &length)
        if fd >= 0 {
            return .connection(fd: fd, peer: SocketAddress(storage, length: Int(length)))
        }
        switch errno {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        case EINTR, ECONNABORTED, EPROTO, EPERM: return accept()
        default:
            descriptor.isReadable = false
            return .none
        }
    }

    /// Stops listening; whoever waits for a connection is told.
    package func close() { descriptor.close() }
}
