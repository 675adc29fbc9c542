internal import Bytes
internal import Crypto
internal import HTTP

/// What every request must pass before anybody asks what it wants.
struct RequestGuard {
    private static let requestIDBytesMax = 128

    let request: Request

    /// Whether a host is one that is answered here (against DNS rebinding); `nil` for any.
    ///
    /// - Throws: 421.
    func checkHost(_ hosts: [String]?) throws(APIError) {
        guard let hosts else { return }
        let named = request.fields.all("Host")
        guard named.count == 1, let host = named.first.flatMap(Self.host), hosts.contains(host)
        else { throw .misdirected }
    }

    /// Refuses what a browser sends from a page of another site.
    ///
    /// - Throws: 403.
    func checkSite() throws(APIError) {
        for site in request.fields.all("Sec-Fetch-Site") {
            guard !["cross-site", "same-site"].contains(site.lowercased()) else {
                throw .crossSite
            }
        }
        for origin in request.fields.all("Origin") {
            guard let host = request.fields["Host"],
                origin.lowercased() == "http://\(host.lowercased())"
            else { throw .crossSite }
        }
    }

    /// Refuses whoever does not show the admin token.
    ///
    /// - Throws: 401.
    func checkToken(_ token: AdminToken) throws(APIError) {
        let shown = request.fields.all("Authorization")
        guard shown.count == 1, let words = shown.first?.split(separator: " "), words.count == 2,
            words[0].lowercased() == "bearer", token.matches(String(words[1]))
        else { throw .unauthorized }
    }

    /// The caller's own name for the request where it is short and plain, else a new one.
    var requestID: String {
        guard let own = request.fields["X-Request-Id"], !own.isEmpty,
            own.utf8.count <= Self.requestIDBytesMax,
            own.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C })
        else { return Hex.encode(Random.bytes(16)) }
        return own
    }

    /// The host of a `Host` field in lower case, IPv6 in brackets, without its port.
    private static func host(_ field: String) -> String? {
        let bytes = Array(field.lowercased().utf8)
        guard let authority = Authority(bytes.span, ByteRange(0, bytes.count)) else { return nil }
        let host = authority.host
        let text = String(decoding: bytes[host.lower..<host.upper], as: UTF8.self)
        return authority.isIPv6 ? "[\(text)]" : text
    }
}
