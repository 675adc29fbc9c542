internal import Glibc

extension SocketAddress {
    /// Whether a connection to `other` would arrive at a listener bound to this address.
    ///
    /// It asks the kernel which addresses are this machine's own where this one is unspecified.
    package func covers(_ other: SocketAddress) -> Bool {
        guard family != .unix, other.family != .unix, port == other.port else {
            return self == other
        }
        let target = other.plainIP
        // Linux takes a connection to the unspecified address to the machine itself.
        let isHere = other.isLoopback || Self.isUnspecified(target)
        guard Self.isUnspecified(plainIP) else {
            return plainIP == target || Self.isUnspecified(target) && isLoopback
        }
        return isHere || Self.localIPs().contains(target)
    }

    private static func isUnspecified(_ ip: [UInt8]) -> Bool { ip.allSatisfy { $0 == 0 } }

    /// The IP address in network order; an IPv4 address inside IPv6 as what it is.
    private var plainIP: [UInt8] {
        let ip = ipBytes
        let isMapped =
            ip.count == 16 && ip.prefix(10).allSatisfy { $0 == 0 } && ip[10] == 0xff
            && ip[11] == 0xff
        return isMapped ? Array(ip.suffix(4)) : ip
    }

    /// The addresses of the machine's interfaces; none when the kernel does not tell.
    private static func localIPs() -> [[UInt8]] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return [] }
        defer { unsafe freeifaddrs(list) }
        var found: [[UInt8]] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            guard let address = unsafe entry.pointee.ifa_addr else { continue }
            switch CInt(unsafe address.pointee.sa_family) {
            case AF_INET:
                let bytes = unsafe UnsafeRawBufferPointer(start: address, count: 8)
                found.append(unsafe Array(bytes[4..<8]))
            case AF_INET6:
                let bytes = unsafe UnsafeRawBufferPointer(start: address, count: 24)
                found.append(unsafe Array(bytes[8..<24]))
            case _: continue
            }
        }
        return found
    }

    /// Whether the address belongs to the public internet: not loopback, private, link-local,
    /// shared, reserved, multicast, nor any of these inside IPv6 (RFC 6890).
    package var isPublic: Bool {
        switch family {
        case .unix: false
        case .inet: Self.isPublic(v4: ipBytes)
        case .inet6: Self.isPublic(v6: ipBytes)
        }
    }

    /// The IP address in network order; empty for a unix socket.
    private var ipBytes: [UInt8] {
        switch family {
        case .inet: bytes.count >= 8 ? Array(bytes[4..<8]) : []
        case .inet6: bytes.count >= 24 ? Array(bytes[8..<24]) : []
        case .unix: []
        }
    }

    private static func isPublic(v4 ip: [UInt8]) -> Bool {
        guard ip.count == 4 else { return false }
        switch (ip[0], ip[1], ip[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224..., _, _): return false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _): return false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): return false
        case (198, 18...19, _): return false
        default: return true
        }
    }

    private static func isPublic(v6 ip: [UInt8]) -> Bool {
        guard ip.count == 16 else { return false }
        if ip.prefix(10).allSatisfy({ $0 == 0 }) {
            // ::/96 and ::ffff:0:0/96 hold an IPv4 address.
            let isMapped = ip[10] == 0xff && ip[11] == 0xff
            return isMapped && isPublic(v4: Array(ip.suffix(4)))
        }
        if ip.starts(with: [0x00, 0x64, 0xff, 0x9b]) { return isPublic(v4: Array(ip.suffix(4))) }
        if ip.starts(with: [0x20, 0x02]) { return isPublic(v4: Array(ip[2..<6])) }
        if ip.starts(with: [0x20, 0x01, 0x0d, 0xb8]) || ip.starts(with: [0x20, 0x01, 0, 0]) {
            return false
        }
        return ip[0] & 0xe0 == 0x20
    }
}
