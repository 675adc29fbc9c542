package import HTTP

/// Which requests go to which connection (`route`).
package struct RouteConfiguration: Sendable {
    /// How a route finds its connection.
    package enum Target: Sendable, Equatable {
        case named(String)
        /// The first segment of the rest names it.
        case firstSegment
    }

    /// Where the tenant's name comes from.
    package enum Tenant: Sendable, Equatable {
        case none
        case header(name: String, required: Bool)
        case nextSegment
        case caller
        case fixed(String)
    }

    /// What a 401 of the upstream leads to.
    package enum On401: String, Sendable, CaseIterable {
        case refresh, pass
    }

    /// The `Host` that requests must name, in lower case without port; `nil`: any.
    package var host: String?
    /// The prefix without its last slash, to be compared with the raw bytes of the path; empty for
    /// the route `/`.
    package var prefix: String
    package var connection: Target
    /// The listeners it is served on, by name.
    package var listeners: [String] = []
    /// The callers of whom one is required, by name; empty: as the listener says.
    package var callers: [String] = []
    package var tenant = Tenant.none
    /// `nil`: all.
    package var methods: [String]?
    package var allow: [PathPattern] = []
    package var deny: [PathPattern] = []
    /// Replaces the connection's base URI.
    package var baseURI: URI?
    package var limits = Limits()
    package var timeouts = Timeouts()
    package var headers: [NamedTemplate] = []
    /// Headers of the client that do not go upstream, in lower case.
    package var dropHeaders: [String] = []
    package var rewriteHeaders = true
    package var rewriteBody: [BodyRewrite] = []
    package var rewriteEvents = false
    package var on401 = On401.refresh
    package var passCookies = false
    package var passEncodedSlash = false
    /// Browsers' origins that may call.
    package var origins: [String] = []
    package var via = false
    /// Chunked uploads up to this many bytes get a Content-Length.
    package var bufferRequest: Int?

    package init(host: String? = nil, prefix: String, connection: Target) {
        self.host = host
        self.prefix = prefix
        self.connection = connection
    }

    /// The pattern as it is written in a configuration: what logs and metrics call the route.
    package var pattern: String {
        host.map { "host=\($0) \(prefix)/" } ?? "\(prefix)/"
    }

    /// How much may pass.
    package struct Limits: Sendable, Equatable {
        /// Bytes of a request's body; `nil`: as the listener says.
        package var body: Int?
        package var rate: Rate?
        /// Requests that may come at once above the rate.
        package var burst: Int?
        /// Requests in flight.
        package var concurrent: Int?

        package init() {}
    }

    /// How long the upstream may take.
    package struct Timeouts: Sendable, Equatable {
        package var connect: Duration = .seconds(5)
        /// From the request's end to the first byte of the answer.
        package var firstByte: Duration = .seconds(60)
        /// Between two bytes, either way.
        package var idle: Duration = .seconds(120)

        package init() {}
    }

    /// A URI in answers that is replaced by one of ours.
    package struct BodyRewrite: Sendable, Equatable {
        package var uri: URI
        /// The prefix to write; `nil`: this route's own.
        package var prefix: String?

        package init(uri: URI, prefix: String? = nil) {
            self.uri = uri
            self.prefix = prefix
        }
    }
}

/// How often something may happen.
package struct Rate: Sendable, Equatable {
    package var count: Int
    /// One second or one minute.
    package var per: Duration

    package init(count: Int, per: Duration) {
        self.count = count
        self.per = per
    }
}
