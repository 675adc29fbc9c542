extension SocketAddress {
    /// Whether a connection to `other` would arrive at a listener bound to this address.
    package func covers(_ other: SocketAddress) -> Bool {
        guard family != .unix, other.family != .unix, port == other.port else {
            return self == other
        }
        if ipBytes == other.ipBytes { return true }
        return ipBytes.allSatisfy { $0 == 0 } && (other.isLoopback || other.ipBytes == ipBytes)
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
