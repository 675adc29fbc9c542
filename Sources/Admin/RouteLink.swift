internal import Config

/// How a caller on this machine reaches a route.
struct RouteLink {
    /// The route's URL; what the caller has to fill in is in capitals.
    let url: String
    /// A line to try it with.
    let curl: String

    /// Finds the first listener that serves the route; `nil` if none does.
    init?(_ route: RouteConfiguration, in configuration: Configuration) {
        let listeners = configuration.listeners.filter { listener in
            listener.routes
                && (route.listeners.isEmpty || route.listeners.contains(listener.name))
        }
        guard let listener = listeners.first, let bind = listener.binds.first else { return nil }
        var path = "\(route.prefix)/"
        if case .firstSegment = route.connection { path += "CONNECTION/" }
        if case .nextSegment = route.tenant { path += "TENANT/" }
        let scheme = listener.tls.isEmpty ? "http" : "https"
        var socket: String?
        switch bind.address {
        case .tcp(let host, let port):
            let address = Wildcard.contains(host) ? "127.0.0.1" : host
            let name = route.host ?? listener.tls.first?.serverNames.first ?? address
            let shown = name.contains(":") ? "[\(name)]" : name
            url = "\(scheme)://\(shown):\(port)\(path)"
        case .unix(let file):
            socket = file
            url = "\(scheme)://\(route.host ?? "localhost")\(path)"
        case .descriptor: return nil
        }
        var words = ["curl", "-i"]
        if let socket { words += ["--unix-socket", Self.quoted(socket)] }
        if listener.callersRequired || !route.callers.isEmpty {
            words += ["-H", "\"Authorization: Bearer $CALLER_TOKEN\""]
        }
        if case .header(let name, _) = route.tenant {
            words += ["-H", Self.quoted("\(name): TENANT")]
        }
        curl = (words + [Self.quoted(url)]).joined(separator: " ")
    }

    /// A word as a shell takes it unchanged.
    private static func quoted(_ text: String) -> String {
        "'\(text.replacing("'", with: "'\\''"))'"
    }
}
