/// The field names a proxy treats in some special way.
package enum FieldID: UInt8, Sendable {
    case host, connection, keepAlive, proxyConnection, transferEncoding, contentLength, te, trailer
    case upgrade, expect, http2Settings
    case authorization, proxyAuthorization, proxyAuthenticate, wwwAuthenticate, xApiKey
    case privateToken, cookie, setCookie
    case forwarded
    /// `X-Forwarded-For` and all others that begin so.
    case xForwarded
    case origin, secFetchSite
    /// `Access-Control-Allow-Origin` and all others that begin so.
    case accessControl
    case xRequestID, traceparent, acceptEncoding, contentType, contentEncoding
    case location, contentLocation, link, refresh
    case date, via, maxForwards, server, retryAfter, altSvc
    case xHTTPMethodOverride, xOriginalURL, xRewriteURL
    /// A name with `_` that would be one of the above if it had `-` in its place.
    case lookAlike
    case other

    /// Whether the field concerns one connection only and is never forwarded (RFC 9110 section
    /// 7.6.1); what `Connection` lists besides is in the head's `connectionNames`.
    @inlinable
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .te, .trailer,
            .upgrade, .http2Settings:
            true
        case .host, .contentLength, .expect, .authorization, .proxyAuthorization,
            .proxyAuthenticate, .wwwAuthenticate, .xApiKey, .privateToken, .cookie, .setCookie,
            .forwarded, .xForwarded, .origin, .secFetchSite, .accessControl, .xRequestID,
            .traceparent, .acceptEncoding, .contentType, .contentEncoding, .location,
            .contentLocation, .link, .refresh, .date, .via, .maxForwards, .server, .retryAfter,
            .altSvc, .xHTTPMethodOverride, .xOriginalURL, .xRewriteURL, .lookAlike, .other:
            false
        }
    }
}
