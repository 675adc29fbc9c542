import HTTP

/// Keeps web pages away from the control API.
///
/// The sandbox listens on loopback only, but a page in the user's browser can call it there, under
/// its own name (`Origin`) or under a name that it has bound to 127.0.0.1 (`Host`).
enum ControlGuard {
    /// The refusal of a request that a web page may have sent; `nil` if it is none.
    static func refusal(of request: Request) -> Response? {
        guard let host = request.fields["Host"], isLoopback(host) else {
            return .refusal(421, "wrong_host", "Call the sandbox as localhost or by its address.")
        }
        if let origin = request.fields["Origin"], origin != "http://\(host)" {
            return .refusal(403, "foreign_origin", "The control API is not for web pages.")
        }
        return nil
    }

    /// Whether a `Host` names this machine in a way that no name server decides.
    private static func isLoopback(_ host: String) -> Bool {
        guard let uri = URI("http://\(host)") else { return false }
        let name = uri.host
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
