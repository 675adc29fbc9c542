package import Config
package import Crypto
package import HTTP
package import Log
internal import Credentials

/// Takes people to providers and back: the connect pages, and the invitations to them.
///
/// It knows no sockets: whoever has a request gets a response. Nothing is kept between two requests
/// but what was used up; the rest travels, sealed, with the browser.
package struct ConnectPages: Sendable {
    let settings: ConnectSettings
    let credentials: any ConnectOperations
    let marks: any UsedMarks
    let envelope: Envelope
    let connection: @Sendable (String) -> ConnectionConfiguration?
    let now: @Sendable () -> Int
    let logger: Logger

    /// Makes the pages.
    ///
    /// - Parameters:
    ///   - settings: What the operator decided.
    ///   - credentials: Who exchanges codes and keeps what comes back.
    ///   - marks: What remembers used tickets and states.
    ///   - keys: The first one seals what browsers carry, each of them opens it.
    ///   - now: The present second since 1970.
    ///   - connection: The connection of a name, as it is configured at that moment.
    ///   - logger: Who hears of it: never a code, state, verifier or ticket.
    package init(
        _ settings: ConnectSettings,
        credentials: any ConnectOperations,
        marks: any UsedMarks,
        keys: [SecretKey],
        now: @escaping @Sendable () -> Int,
        connection: @escaping @Sendable (String) -> ConnectionConfiguration?,
        logger: Logger = .silent
    ) {
        self.settings = settings
        self.credentials = credentials
        self.marks = marks
        envelope = Envelope(keys: keys)
        self.now = now
        self.connection = connection
        self.logger = logger
    }

    /// Answers a request for `/connect/…` or `/oauth-callback…` whose host has been checked.
    ///
    /// `isSecure`: whether it came over TLS to our own listener.
    package func answer(_ request: Request, isSecure: Bool) async -> Response {
        var response: Response
        switch ConnectPath(request.path) {
        case .start(let name):
            response = await start(name, request, isSecure: isSecure)
        case .callback(let name):
            response = await callback(name, request)
        case nil:
            response = Page.fault(.ticketBroken)
        }
        response.fields.append("Cache-Control", "no-store")
        response.fields.append("Referrer-Policy", "no-referrer")
        response.fields.append("X-Content-Type-Options", "nosniff")
        return response
    }

    /// The answer to a method that a path does not have.
    func methodRefused(allowed: String) -> Response {
        Response(
            status: 405,
            fields: ["Allow": allowed, "Content-Type": "text/plain; charset=utf-8"],
            body: Array("This page has other methods only: \(allowed).\n".utf8)
        )
    }

    var cookie: FlowCookie { FlowCookie(isSecure: settings.isSecure) }

    /// A fault of the records of what was used, for the person and for the log.
    func busy(_ error: MarksUnavailable) -> ConnectFault {
        logger.log(.error, "cannot record used tickets and states: \(error.reason)")
        return .busy
    }
}

/// What a path of the connect pages stands for.
enum ConnectPath: Equatable {
    case start(connection: String)
    /// The address that providers send people back to; with a name, that of one connection alone.
    case callback(connection: String?)

    static let callbackPath = "/oauth-callback"
    private static let startPath = "/connect/"

    /// Reads a path as it was sent; `nil` for any other.
    init?(_ path: String) {
        if path == Self.callbackPath {
            self = .callback(connection: nil)
        } else if let name = Self.name(in: path, after: Self.startPath) {
            self = .start(connection: name)
        } else if let name = Self.name(in: path, after: Self.callbackPath + "/") {
            self = .callback(connection: name)
        } else {
            return nil
        }
    }

    private static func name(in path: String, after prefix: String) -> String? {
        guard path.hasPrefix(prefix) else { return nil }
        let rest = path.dropFirst(prefix.count)
        guard !rest.isEmpty, !rest.contains("/") else { return nil }
        return FormEncoding.percentDecode(String(rest))
    }

    /// The path that providers may send people back to for one connection alone.
    static func callback(of connection: String) -> String {
        "\(callbackPath)/\(FormEncoding.percentEncode(connection))"
    }

    /// The path of a connection's page.
    static func start(of connection: String) -> String {
        startPath + FormEncoding.percentEncode(connection)
    }
}
