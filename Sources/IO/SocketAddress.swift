internal import CLinux
internal import Glibc

/// An address that a socket binds or connects to: IPv4, IPv6 or a path of the file system.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of address.
    package enum Family: Hashable, Sendable {
        case inet
        case inet6
        case unix
    }

    package let family: Family
    /// The `sockaddr` as the kernel wants it.
    let bytes: [UInt8]

    /// Reads an IP literal (IPv6 without brackets) and a port; nil for anything else, names too.
    package init?(ip: String, port: Int) {
        guard (0...65535).contains(port), !ip.utf8.contains(0) else { return nil }
        var v4 = sockaddr_in()
        if unsafe inet_pton(AF_INET, ip, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = UInt16(port).bigEndian
            family = .inet
            bytes = unsafe withUnsafeBytes(of: v4) { unsafe Array($0) }
            return
        }
        var v6 = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = UInt16(port).bigEndian
        family = .inet6
        bytes = unsafe withUnsafeBytes(of: v6) { unsafe Array($0) }
    }

    /// The address of a unix socket; nil when the path is empty, too long, or holds a NUL.
    package init?(path: String) {
        let name = Array(path.utf8)
        guard !name.isEmpty, name.count < 108, !name.contains(0) else { return nil }
        let header = unsafe withUnsafeBytes(of: sa_family_t(AF_UNIX)) { unsafe Array($0) }
        family = .unix
        bytes = header + name + [0]
    }

    init?(_ storage: sockaddr_storage, length: Int) {
        switch CInt(storage.ss_family) {
        case AF_INET: family = .inet
        case AF_INET6: family = .inet6
        case AF_UNIX: family = .unix
        default: return nil
        }
        bytes = unsafe withUnsafeBytes(of: storage) {
            unsafe Array($0.prefix(min(max(length, 2), 128)))
        }
    }

    /// The port, 0 for a unix socket.
    package var port: Int {
        family == .unix || bytes.count < 4 ? 0 : Int(bytes[2]) << 8 | Int(bytes[3])
    }

    /// The IP address as text without brackets, or the path.
    package var host: String {
        switch family {
        case .inet:
            return bytes.count < 8 ? "" : bytes[4..<8].map { String($0) }.joined(separator: ".")
        case .inet6:
            guard bytes.count >= 24 else { return "" }
            var text = [CChar](repeating: 0, count: 64)
            let written = unsafe bytes.withUnsafeBytes { source in
                unsafe inet_ntop(AF_INET6, source.baseAddress?.advanced(by: 8), &text, 64) != nil
            }
            let end = text.firstIndex(of: 0) ?? 0
            return written
                ? String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        case .unix:
            return String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    package var description: String {
        switch family {
        case .inet: "\(host):\(port)"
        case .inet6: "[\(host)]:\(port)"
        case .unix: "unix:\(host)"
        }
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        switch family {
        case .inet: return bytes.count > 4 && bytes[4] == 127
        case .inet6:
            guard bytes.count >= 24 else { return false }
            let ip = bytes[8..<24]
            if ip.dropLast().allSatisfy({ $0 == 0 }) { return ip.last == 1 }
            return ip.prefix(10).allSatisfy { $0 == 0 }
                && Array(ip.dropFirst(10).prefix(3)) == [0xff, 0xff, 127]
        case .unix: return true
        }
    }

    var domain: CInt {
        switch family {
        case .inet: AF_INET
        case .inet6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result?) -> Result? {
        unsafe bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { return nil }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
    }
}
