internal import HTTP
internal import JSON

extension RouteConfiguration {
    /// The route with every default filled in, by the names of directives.
    var shown: JSONValue {
        .object(target + rules + passing)
    }

    private var target: [JSONValue.Member] {
        [
            .init("route", .string(pattern)), .init("connection", .string(connectionName)),
            .init("listeners", Shown.texts(listeners)), .init("callers", Shown.texts(callers)),
            .init("tenant", .string(tenantWords)), .init("base_uri", .optional(baseURI?.text)),
        ]
    }

    /// The connection's name, or the star.
    package var connectionName: String {
        switch connection {
        case .named(let name): name
        case .firstSegment: "*"
        }
    }

    /// How the tenant is named, as in the file.
    package var tenantWords: String {
        switch tenant {
        case .none: "none"
        case .header(let name, let required): "header \(name)\(required ? " required" : "")"
        case .nextSegment: "path"
        case .caller: "caller"
        case .fixed(let name): "fixed \(name)"
        }
    }

    private var rules: [JSONValue.Member] {
        let rate = limits.rate.map { "\($0.count)/\(ValueReader.shown($0.per))" }
        return [
            .init("methods", methods.map(Shown.texts) ?? .string("all")),
            .init("allow", Shown.texts(allow.map(\.text))),
            .init("deny", Shown.texts(deny.map(\.text))),
            .init(
                "limits",
                Shown.object([
                    "body": Shown.size(limits.body), "rate": .optional(rate),
                    "burst": Shown.number(limits.burst),
                    "concurrent": Shown.number(limits.concurrent),
                ])
            ),
            .init(
                "timeouts",
                Shown.object([
                    "connect": Shown.time(timeouts.connect),
                    "first_byte": Shown.time(timeouts.firstByte),
                    "idle": Shown.time(timeouts.idle),
                ])
            ),
        ]
    }

    private var passing: [JSONValue.Member] {
        [
            .init("header", Shown.templates(headers)),
            .init("drop_headers", Shown.texts(dropHeaders)),
            .init("rewrite_headers", .bool(rewriteHeaders)),
            .init(
                "rewrite_body",
                .array(
                    rewriteBody.map {
                        Shown.object(["uri": .string($0.uri.text), "to": .optional($0.prefix)])
                    }
                )
            ),
            .init("rewrite_events", .bool(rewriteEvents)),
            .init("on_401", .string(on401.rawValue)),
            .init("cookies", .string(passCookies ? "pass" : "drop")),
            .init("encoded_slash", .string(passEncodedSlash ? "pass" : "refuse")),
            .init("origins", Shown.texts(origins)), .init("via", .bool(via)),
            .init("buffer_request", Shown.size(bufferRequest)),
        ]
    }
}
