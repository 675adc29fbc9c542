/// An `http` or `https` URL taken apart, as a browser does it.
package struct WebAddress {
    package let isSecure: Bool
    package let host: String
    package let port: Int
    /// The path and the query.
    package let target: String

    /// Reads an absolute URL.
    package init(_ text: String) throws {
        isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else {
            throw TestFailure("not an http or https URL: \(text)")
        }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let halves = authority.split(separator: ":")
        guard let host = halves.first else { throw TestFailure("no host: \(text)") }
        self.host = String(host)
        port = halves.count > 1 ? Int(halves[1]) ?? 0 : isSecure ? 443 : 80
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    package var authority: String {
        port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
    package var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }
    package var text: String { origin + target }
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// The values of the query, decoded; the last one of a name.
    package var query: [String: String] {
        var result: [String: String] = [:]
        for piece in target.dropFirst(path.count + 1).split(separator: "&") {
            let halves = piece.split(separator: "=", maxSplits: 1)
            let value = halves.count > 1 ? String(halves[1]) : ""
            result[WebForm.decoded(String(halves[0]))] = WebForm.decoded(value)
        }
        return result
    }

    /// What a link or a `Location` on this page leads to.
    package func resolving(_ link: String) throws -> WebAddress {
        if link.contains("://") { return try WebAddress(link) }
        if link.hasPrefix("//") { return try WebAddress("\(isSecure ? "https" : "http"):\(link)") }
        if link.hasPrefix("/") { return try WebAddress(origin + link) }
        if link.hasPrefix("?") { return try WebAddress(origin + path + link) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try WebAddress(origin + folder + link)
    }
}
