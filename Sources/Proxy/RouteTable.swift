internal import Bytes
package import Config
package import Credentials

/// All routes of a configuration: which one a request takes.
///
/// When any route names the request's host, only those of that host are tried. Prefixes are
/// compared as raw bytes on segment borders; the longest wins.
package struct RouteTable: Sendable {
    /// Routes by the hash of their first segment, the longest prefix first.
    private struct Group: Sendable {
        var byFirstSegment: [UInt64: [RouteBlock]] = [:]
        var anywhere: [RouteBlock] = []

        mutating func add(_ block: RouteBlock) {
            let prefix = block.prefix
            if let hash = RouteTable.hashOfFirstSegment(prefix.span, 0, prefix.count) {
                byFirstSegment[hash, default: []].append(block)
                byFirstSegment[hash]?.sort { $0.prefix.count > $1.prefix.count }
            } else {
                anywhere.append(block)
            }
        }

        func block(_ bytes: Span<UInt8>, _ path: ByteRange) -> RouteBlock? {
            if let hash = RouteTable.hashOfFirstSegment(bytes, path.lower, path.upper),
                let blocks = byFirstSegment[hash]
            {
                for block in blocks where RouteTable.isUnder(block.prefix, bytes, path) {
                    return block
                }
            }
            return anywhere.first
        }
    }

    package let blocks: [RouteBlock]
    private var hostless = Group()
    private var byHost: [[UInt8]: Group] = [:]

    /// Makes the table; a route whose connection is unknown was refused when the file was read.
    package init(_ configuration: Configuration, _ directory: ConnectionDirectory) {
        var blocks: [RouteBlock] = []
        for written in configuration.routes {
            var route: Route?
            if case .named(let name) = written.connection {
                guard let entry = directory[name] else { continue }
                route = Route(written, entry)
            }
            blocks.append(RouteBlock(index: blocks.count, written, route: route))
        }
        self.blocks = blocks
        for block in blocks {
            if let host = block.configuration.host {
                byHost[Self.hostKey(host), default: Group()].add(block)
            } else {
                hostless.add(block)
            }
        }
    }

    /// A host of the configuration as requests are compared with it: in lower case, and an IPv6
    /// address without the brackets, which are no part of a parsed host.
    static func hostKey(_ host: String) -> [UInt8] {
        var key = Array(host.lowercased().utf8)
        if key.first == UInt8(ascii: "["), key.last == UInt8(ascii: "]") {
            key = Array(key.dropFirst().dropLast())
        }
        return key
    }

    /// The block that a path belongs to, of the given host where routes name it.
    ///
    /// `host`: where in the bytes the request's host stands, without its port.
    func block(_ bytes: Span<UInt8>, path: ByteRange, host: ByteRange?) -> RouteBlock? {
        if !byHost.isEmpty, let host {
            var name: [UInt8] = []
            for index in host.lower..<min(host.upper, bytes.count) {
                name.append(ASCII.lowercased(bytes[index]))
            }
            if let group = byHost[name] { return group.block(bytes, path) }
        }
        return hostless.block(bytes, path)
    }

    /// Whether a path is the prefix itself or lies under it.
    private static func isUnder(_ prefix: [UInt8], _ bytes: Span<UInt8>, _ path: ByteRange) -> Bool
    {
        let length = prefix.count
        guard path.count >= length else { return false }
        var index = 0
        while index < length {
            if bytes[path.lower &+ index] != prefix[index] { return false }
            index &+= 1
        }
        return path.count == length || bytes[path.lower &+ length] == UInt8(ascii: "/")
    }

    /// The FNV-1a hash of a path's first segment; nil for a path without one.
    private static func hashOfFirstSegment(_ bytes: Span<UInt8>, _ start: Int, _ end: Int)
        -> UInt64?
    {
        guard start &+ 1 < end, bytes[start] == UInt8(ascii: "/") else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var index = start &+ 1
        while index < end, bytes[index] != UInt8(ascii: "/") {
            hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3
            index &+= 1
        }
        return hash
    }
}
