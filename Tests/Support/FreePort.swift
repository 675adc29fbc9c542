import Glibc
import Synchronization

/// TCP ports of 127.0.0.1 on which nothing listens.
package enum FreePort {
    /// The port that was tried last.
    ///
    /// They lie below the range from which the kernel takes the ports of outgoing connections, so
    /// that none of those slips in before the server starts.
    private static let last = Mutex(20_000 + Int(getpid()) % 100 * 120)

    /// A port that was free a moment ago and that no other call of this process returns soon.
    package static func next() throws -> Int {
        for _ in 0..<12_000 {
            let port = last.withLock { port in
                port = port >= 32_000 ? 20_000 : port + 1
                return port
            }
            if isFree(port) { return port }
        }
        throw TestFailure("no free port between 20000 and 32000")
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        return unsafe Loopback.withAddress(port: port) { unsafe bind(socket, $0, $1) } == 0
    }
}

/// Addresses of this machine as the system calls take them.
enum Loopback {
    /// Lends the address 127.0.0.1:`port`.
    static func withAddress(
        port: Int,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, size)
            }
        }
    }
}
