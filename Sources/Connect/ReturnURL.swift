internal import HTTP

/// Where a browser goes after connecting, which must be one of those that the operator allows.
enum ReturnURL {
    /// Whether a URL has the origin and, on segment borders, the path of one that is allowed.
    static func isAllowed(_ text: String, by allowed: [URI]) -> Bool {
        guard let url = URI(text), hasPlainPath(url) else { return false }
        return allowed.contains { prefix in
            guard prefix.scheme == url.scheme, prefix.host == url.host, prefix.port == url.port
            else { return false }
            var path = prefix.path[...]
            while path.hasSuffix("/") { path.removeLast() }
            return url.path.hasPrefix(path)
                && (url.path.count == path.count || url.path.dropFirst(path.count).first == "/")
        }
    }

    /// A browser resolves dot segments, and so would leave the path that was allowed.
    private static func hasPlainPath(_ url: URI) -> Bool {
        url.path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
            let decoded = FormEncoding.percentDecode(String(segment))
            return decoded != nil && decoded != "." && decoded != ".."
        }
    }

    /// The URL with the result among its parameters.
    static func with(_ result: [(String, String)], _ text: String) -> String {
        let names = Set(result.map(\.0))
        let front = text.prefix { $0 != "?" }
        let kept = text.dropFirst(front.count + 1).split(separator: "&").filter { piece in
            let name = FormEncoding.decode(String(piece.prefix { $0 != "=" }))?.first?.0
            return name.map { !names.contains($0) } ?? true
        }
        let pieces = kept.map(String.init) + [FormEncoding.encode(result)]
        return "\(front)?\(pieces.joined(separator: "&"))"
    }
}
