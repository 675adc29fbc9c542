internal import HTTP

/// What a path of the admin listener stands for.
enum Endpoint: Equatable {
    case health
    case readiness
    case connections
    case connection(String)
    case refresh(String)
    case authorize(String)
    case credentials(String)

    /// Reads a path as it was sent; `nil` for one that stands for nothing.
    init?(path: String) {
        switch path {
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        default:
            let root = "/api/v1/connections"
            guard path.hasPrefix(root) else { return nil }
            let rest = path.dropFirst(root.count)
            guard !rest.isEmpty else {
                self = .connections
                return
            }
            let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
            guard segments.first == "", segments.count <= 3,
                let name = segments.dropFirst().first.flatMap({
                    FormEncoding.percentDecode(String($0))
                }), !name.isEmpty
            else { return nil }
            switch segments.dropFirst(2).first {
            case nil: self = .connection(name)
            case "refresh": self = .refresh(name)
            case "authorize": self = .authorize(name)
            case "credentials": self = .credentials(name)
            case .some: return nil
            }
        }
    }

    /// The methods that it has, as `Allow` lists them.
    var allowed: String {
        switch self {
        case .health, .readiness, .connections, .connection: "GET, HEAD"
        case .refresh, .authorize: "POST"
        case .credentials: "PUT"
        }
    }

    /// Whether it has a method.
    func has(_ method: String) -> Bool {
        allowed.split(separator: ", ").contains { $0 == method }
    }
}
