internal import Bytes
internal import Config
internal import Connection
internal import Credentials
internal import Crypto
internal import HTTP

/// What a route adds to requests of one account, rendered once for each generation of its token.
final class Injection {
    /// Whose token is inside; `nil` for none.
    let credential: CredentialID?
    /// The generation of the token inside; 0 where there is none.
    let generation: Int
    let address: UpstreamAddress
    /// Whole lines, the injected fields that come last and win.
    let headerLines: [UInt8]
    /// Lines that stand in for fields which the caller did not send, by lower-case name.
    let defaultLines: [(name: [UInt8], line: [UInt8])]
    /// Which of the fields that the proxy writes itself are injected, and so not written.
    let setsRequestID: Bool
    let setsTraceparent: Bool
    let setsVia: Bool
    /// `Host: …` with its line end.
    let hostLine: [UInt8]
    /// The base URI's path as written, and without its last slash.
    let basePath: [UInt8]
    let joinedPath: [UInt8]
    /// The base URI's own query, without the question mark.
    let baseQuery: [UInt8]
    /// Query parameters that replace the caller's, encoded; empty for none.
    let query: [UInt8]
    let queryNames: [[UInt8]]

    /// Renders everything of a route for one token, or for none.
    ///
    /// - Throws: `Refusal.missingField` and the like: the request cannot be sent as configured.
    convenience init(_ route: Route, tenant: String?, snapshot: TokenSnapshot?) throws(Refusal) {
        let values =
            snapshot.map { TemplateValues(route.connection, snapshot: $0) }
            ?? TemplateValues(route.connection, tenant: tenant, fields: [:])
        do throws(TemplateError) {
            let connection = values.connection
            let destination = try Self.destination(of: route, connection) { values[$0] }
            try self.init(route, connection, to: destination, with: snapshot) { values[$0] }
        } catch {
            throw Refusal(error)
        }
    }

    /// Renders everything of a route but the place it leads to.
    ///
    /// `connection`: the route's, with what a connector made for this token.
    init(
        _ route: Route,
        _ connection: ConnectionConfiguration,
        to destination: Destination,
        with snapshot: TokenSnapshot?,
        lookup: (String) -> String?
    ) throws(TemplateError) {
        credential = snapshot?.id
        generation = snapshot?.generation ?? 0
        let api = connection.api
        let base = destination.uri
        address = UpstreamAddress(
            host: base.host,
            port: base.port,
            isTLS: base.scheme == .https,
            serverName: api.tls.serverName,
            isNamed: destination.isNamed
        )
        hostLine = Array("Host: \(base.authority)\r\n".utf8)
        basePath = Array((base.path.isEmpty ? "/" : base.path).utf8)
        joinedPath = basePath.last == UInt8(ascii: "/") ? basePath.dropLast() : basePath
        baseQuery = Array((base.query ?? "").utf8)
        let injected = try Self.lines(Self.headers(of: route, connection), besides: [], lookup)
        let names = injected.map(\.name)
        headerLines = injected.flatMap(\.line)
        setsRequestID = names.contains(Array("x-request-id".utf8))
        setsTraceparent = names.contains(Array("traceparent".utf8))
        setsVia = names.contains(Array("via".utf8))
        defaultLines = try Self.lines(api.defaultHeaders, besides: names + Self.alwaysSent, lookup)
        var pairs: [String] = []
        for parameter in api.query {
            guard let value = try parameter.render(context: .query, lookup: lookup) else {
                continue
            }
            pairs.append("\(FormEncoding.percentEncode(parameter.name))=\(value)")
        }
        query = Array(pairs.joined(separator: "&").utf8)
        queryNames = api.query.map { Array($0.name.utf8) }
    }

    /// What is injected: the route's headers, and those of the connection's that it does not name.
    static func headers(
        of route: Route,
        _ connection: ConnectionConfiguration
    ) -> [NamedTemplate] {
        let own = route.configuration.headers
        let names = Set(own.map { $0.name.lowercased() })
        return connection.api.headers.filter { !names.contains($0.name.lowercased()) } + own
    }

    /// Where a route leads for one set of fields.
    static func destination(
        of route: Route,
        _ connection: ConnectionConfiguration,
        lookup: (String) -> String?
    ) throws(TemplateError) -> Destination {
        if let own = route.configuration.baseURI { return Destination(own, isNamed: true) }
        return try connection.baseURI(lookup: lookup)
    }

    /// What needs no default, because the proxy makes it where the caller sends none.
    private static let alwaysSent = [Array("x-request-id".utf8), Array("traceparent".utf8)]

    /// The lines of headers; `besides`: names, in lower case, that are said elsewhere.
    private static func lines(
        _ headers: [NamedTemplate],
        besides said: [[UInt8]],
        _ lookup: (String) -> String?
    ) throws(TemplateError) -> [(name: [UInt8], line: [UInt8])] {
        var lines: [(name: [UInt8], line: [UInt8])] = []
        for header in headers {
            let name = Array(header.name.lowercased().utf8)
            guard !said.contains(name),
                let value = try header.render(context: .header, lookup: lookup)
            else { continue }
            lines.append((name, Array("\(header.name): \(value)\r\n".utf8)))
        }
        return lines
    }
}
