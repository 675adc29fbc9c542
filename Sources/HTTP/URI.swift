import Bytes

/// An absolute `http` or `https` URI, read strictly (RFC 3986).
///
/// Refused: user information, fragments, anything but ASCII, broken escapes, characters the
/// grammar does not have, an invalid host or port. Two URIs are equal when their parts are; the
/// path is compared as it was written.
package struct URI: Sendable {
    /// The two schemes this program speaks.
    package enum Scheme: String, Sendable {
        case http
        case https

        /// The port that an URI without one means.
        package var defaultPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    package let scheme: Scheme
    /// The host in lower case; an IPv6 address without its brackets.
    package let host: String
    /// The port, the scheme's own if none was written.
    package let port: Int
    package let hasExplicitPort: Bool
    /// The path as it was written; it may be empty.
    package let path: String
    /// What stands behind the question mark, as it was written; `nil` without one.
    package let query: String?
    /// The whole URI as it was written.
    package let text: String

    /// Reads a URI; `nil` if it is not an absolute one that keeps to the rules.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let (scheme, start) = URI.scheme(of: bytes) else { return nil }
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authorityEnd = end ?? bytes.count
        guard let authority = Authority(bytes.span, ByteRange(start, authorityEnd)) else {
            return nil
        }
        let mark = bytes[authorityEnd...].firstIndex(of: UInt8(ascii: "?"))
        let path = bytes[authorityEnd..<(mark ?? bytes.count)]
        let query = mark.map { bytes[($0 + 1)...] }
        guard URI.isWellFormed(path), query.map(URI.isWellFormed) ?? true else { return nil }
        self.scheme = scheme
        host = String(
            decoding: bytes[authority.host.lower..<authority.host.upper].map(ASCII.lowercased),
            as: UTF8.self
        )
        port = authority.port ?? scheme.defaultPort
        hasExplicitPort = authority.port != nil
        self.path = String(decoding: path, as: UTF8.self)
        self.query = query.map { String(decoding: $0, as: UTF8.self) }
        self.text = text
    }

    /// The host and port as a `Host` field says them: the port only if it is not the scheme's own.
    package var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    /// The path and query as a request's target says them: never empty.
    package var target: String {
        let path = path.isEmpty ? "/" : path
        return query.map { "\(path)?\($0)" } ?? path
    }

    private static func scheme(of bytes: [UInt8]) -> (Scheme, Int)? {
        let start = bytes.prefix(8).map(ASCII.lowercased)
        if start.starts(with: "https://".utf8) { return (.https, 8) }
        if start.starts(with: "http://".utf8) { return (.http, 7) }
        return nil
    }

    private static func isWellFormed(_ part: ArraySlice<UInt8>) -> Bool {
        var index = part.startIndex
        while index < part.endIndex {
            let byte = part[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < part.endIndex, ASCII.hexValue(part[index + 1]) != nil,
                    ASCII.hexValue(part[index + 2]) != nil
                else { return false }
                index += 3
            } else {
                guard isPathOrQueryByte(byte) else { return false }
                index += 1
            }
        }
        return true
    }

    /// Whether a byte may stand in a path or a query as it is.
    static func isPathOrQueryByte(_ byte: UInt8) -> Bool {
        guard byte > 0x20, byte < 0x7F else { return false }
        return !"\"#%<>[\\]^`{|}".utf8.contains(byte)
    }
}

extension URI: Hashable {
    /// Whether both name the same resource in the same spelling of path and query.
    package static func == (one: URI, other: URI) -> Bool {
        one.scheme == other.scheme && one.host == other.host && one.port == other.port
            && one.path == other.path && one.query == other.query
    }

    /// Feeds what equality compares.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        hasher.combine(host)
        hasher.combine(port)
        hasher.combine(path)
        hasher.combine(query)
    }
}

extension URI: CustomStringConvertible {
    package var description: String { text }
}
