internal import Bytes
internal import Config
internal import Credentials
internal import HTTP
internal import Time

/// A route and a connection made ready for the data path: what to do, nothing to look up.
final class Route: Sendable {
    let configuration: RouteConfiguration
    /// The connection, as it was when the route was made.
    let entry: ConnectionDirectory.Entry
    /// Lower-case names of request fields that never pass: injected ones and those the route drops.
    let droppedNames: FieldNames
    let drops: FieldSet
    let responseDrops: FieldSet
    let firstByteTimeout: Interval
    let idleTimeout: Interval

    init(_ configuration: RouteConfiguration, _ entry: ConnectionDirectory.Entry) {
        self.configuration = configuration
        self.entry = entry
        firstByteTimeout = Interval(configuration.timeouts.firstByte)
        idleTimeout = Interval(configuration.timeouts.idle)
        var names = Self.injectedNames(configuration, entry.connection)
        names += configuration.dropHeaders.map { $0.lowercased() }
        if case .header(let name, _) = configuration.tenant { names.append(name.lowercased()) }
        droppedNames = FieldNames(names)
        drops = Self.drops(configuration)
        responseDrops = Self.responseDrops(configuration)
    }

    var connection: ConnectionConfiguration { entry.connection }

    /// The tenant that the route itself names.
    var fixedTenant: String? {
        if case .fixed(let name) = configuration.tenant { name } else { nil }
    }

    private static func injectedNames(
        _ route: RouteConfiguration,
        _ connection: ConnectionConfiguration
    ) -> [String] {
        (connection.api.headers + route.headers).map { $0.name.lowercased() }
    }

    /// Which of the fields that a proxy knows by name never reach this route's upstream.
    private static func drops(_ route: RouteConfiguration) -> FieldSet {
        var set = FieldSet([
            .host, .connection, .keepAlive, .proxyConnection, .transferEncoding, .contentLength,
            .te, .trailer, .upgrade, .expect, .http2Settings, .authorization, .proxyAuthorization,
            .xApiKey, .privateToken, .forwarded, .xForwarded, .origin, .lookAlike, .xRequestID,
            .traceparent,
        ])
        if !route.passCookies { set.insert(.cookie) }
        if route.methods != nil || !route.allow.isEmpty || !route.deny.isEmpty {
            for id in [FieldID.xHTTPMethodOverride, .xOriginalURL, .xRewriteURL] { set.insert(id) }
        }
        return set
    }

    /// Which fields of an upstream's answer never reach the caller.
    private static func responseDrops(_ route: RouteConfiguration) -> FieldSet {
        var set = FieldSet([
            .connection, .keepAlive, .proxyConnection, .transferEncoding, .contentLength, .te,
            .trailer, .upgrade, .http2Settings, .proxyAuthenticate, .lookAlike, .altSvc,
        ])
        if route.origins.isEmpty { set.insert(.accessControl) }
        if !route.passCookies { set.insert(.setCookie) }
        return set
    }
}

/// A set of the field names that the parser tells apart.
struct FieldSet: Sendable {
    private var bits: UInt64 = 0

    init(_ ids: [FieldID]) {
        for id in ids { insert(id) }
    }

    mutating func insert(_ id: FieldID) { bits |= 1 << UInt64(id.rawValue) }

    func contains(_ id: FieldID) -> Bool { bits & (1 << UInt64(id.rawValue)) != 0 }
}

/// A small set of lower-case field names, asked about for every unknown field of every request.
struct FieldNames: Sendable {
    private let names: [[UInt8]]
    /// Which lengths occur, so that most questions are answered by one test of a bit.
    private let lengths: UInt64

    init(_ names: [String]) {
        self.names = names.map { Array($0.utf8) }
        lengths = self.names.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
    }

    /// Whether a field has one of the names, also with `_` in place of `-`.
    func contains(_ field: Field, in bytes: Span<UInt8>) -> Bool {
        guard lengths & (1 << UInt64(min(field.name.count, 63))) != 0 else { return false }
        for name in names where field.resembles(name.span, in: bytes) { return true }
        return false
    }
}
