internal import Bytes
internal import Config
internal import HTTP

/// Which requests a route lets through: `methods`, `allow` and `deny`.
struct AccessRules: Sendable {
    private let methods: [[UInt8]]?
    private let allow: [PathPattern]
    private let deny: [PathPattern]

    /// The rules of a route; `nil` when it lets everything through.
    init?(_ route: RouteConfiguration) {
        guard route.methods != nil || !route.allow.isEmpty || !route.deny.isEmpty else {
            return nil
        }
        methods = route.methods.map { $0.map { Array($0.utf8) } }
        allow = route.allow
        deny = route.deny
    }

    /// Makes sure that a request may pass, whose path behind the prefix is `rest`.
    ///
    /// What is denied is denied however an upstream may read it: with empty segments and what
    /// follows a `;` left out, and with encoded slashes taken for slashes, too.
    /// - Throws: `Refusal.forbidden`.
    func check(_ method: ByteRange, _ rest: ByteRange, in bytes: Span<UInt8>) throws(Refusal) {
        if let methods, !methods.contains(where: { Self.isSame($0, method, bytes) }) {
            throw .forbidden("This method is not allowed here.")
        }
        guard !allow.isEmpty || !deny.isEmpty else { return }
        let segments = PathSegments.all(of: rest, in: bytes)
        let plain = Self.plain(segments)
        let isAllowed = allow.isEmpty || allow.contains { $0.matches(segments) }
        guard isAllowed, !deny.contains(where: { $0.matches(segments) || $0.matches(plain) }) else {
            throw .forbidden("This path is not allowed here.")
        }
    }

    /// Methods are case-sensitive (RFC 9110 section 9.1).
    private static func isSame(
        _ method: [UInt8],
        _ range: ByteRange,
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard method.count == range.count else { return false }
        return method.indices.allSatisfy { method[$0] == bytes[range.lower + $0] }
    }

    /// The segments as a lenient upstream may see them.
    private static func plain(_ segments: [[UInt8]]) -> [[UInt8]] {
        segments.flatMap { $0.split(separator: UInt8(ascii: "/")) }
            .map { Array($0.prefix { $0 != UInt8(ascii: ";") }) }
            .filter { !$0.isEmpty }
    }
}
