internal import HTTP

/// What a path of the admin listener stands for.
enum Endpoint: Equatable {
    case health
    case readiness
    case connections
    case connection(String)
    case action(Action, String)
    case report(Report)

    /// What is done to the credentials of a connection.
    enum Action: String {
        case authorize, credentials, refresh, revoke, test
    }

    /// What is only looked at.
    enum Report: String {
        case config, providers, routes
    }

    private static let root = "/api/v1/"

    /// Reads a path as it was sent; `nil` for one that stands for nothing.
    init?(path: String) {
        switch path {
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        default:
            guard path.hasPrefix(Self.root) else { return nil }
            let segments = path.dropFirst(Self.root.count)
                .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard let found = Self.named(segments) else { return nil }
            self = found
        }
    }

    private static func named(_ segments: [String]) -> Endpoint? {
        guard let first = segments.first else { return nil }
        guard first == "connections" else {
            return segments.count == 1 ? Report(rawValue: first).map(Endpoint.report) : nil
        }
        guard segments.count > 1 else { return .connections }
        guard segments.count <= 3, let name = FormEncoding.percentDecode(segments[1]),
            !name.isEmpty
        else { return nil }
        guard segments.count == 3 else { return .connection(name) }
        return Action(rawValue: segments[2]).map { .action($0, name) }
    }

    /// The methods that it has, as `Allow` lists them.
    var allowed: String {
        switch self {
        case .health, .readiness, .report: "GET, HEAD"
        case .connections: "GET, HEAD, POST"
        case .connection: "GET, HEAD, PATCH, DELETE"
        case .action(.credentials, _): "PUT"
        case .action: "POST"
        }
    }

    /// Whether it has a method.
    func has(_ method: String) -> Bool {
        allowed.split(separator: ", ").contains { $0 == method }
    }

    /// What a call of it changes; `nil` for one that only looks.
    func change(_ method: String) -> ChangeNote? {
        switch (self, method) {
        case (.connections, "POST"): ChangeNote(action: "create")
        case (.connection(let name), "PATCH"): ChangeNote(action: "change", connection: name)
        case (.connection(let name), "DELETE"): ChangeNote(action: "delete", connection: name)
        case (.action(let action, let name), _):
            ChangeNote(action: action.rawValue, connection: name)
        default: nil
        }
    }
}
