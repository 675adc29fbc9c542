internal import Config
internal import Bytes
internal import HTTP

/// Writes the head that goes back to the caller, from scratch.
enum ResponseWriter {
    /// How the body reaches the caller.
    enum BodyFraming {
        case none
        case length(Int)
        case chunked
        /// An HTTP/1.0 caller gets a body of unknown length up to the connection's end.
        case untilClose

        /// Whether the body is sent in chunks.
        var isChunked: Bool {
            if case .chunked = self { true } else { false }
        }
    }

    /// How to frame an upstream's body for this caller.
    static func framing(of head: ResponseHead, minorVersion: Int) -> BodyFraming {
        switch head.framing {
        case .none: .none
        case .length(let length): .length(length)
        case .chunked, .untilClose: minorVersion == 0 ? .untilClose : .chunked
        }
    }

    /// Appends the whole head of a response.
    ///
    /// `date`: the present moment as IMF-fixdate, for an upstream that gives none.
    static func write(
        _ exchange: Exchange,
        route: Route,
        source: Buffer,
        framing: BodyFraming,
        keepAlive: Bool,
        date: [UInt8],
        to out: Buffer
    ) {
        let head = exchange.response
        out.append("HTTP/1.1 ")
        out.append(decimal: head.status)
        out.append(UInt8(ascii: " "))
        out.append(head.reason, of: source)
        out.append("\r\n")
        let hasDate = writeFields(exchange, route, source, to: out)
        if route.configuration.via {
            out.append(Via.line(minorVersion: head.minorVersion))
        }
        if !hasDate, head.status >= 200 {
            out.append("Date: ")
            out.append(date)
            out.append("\r\n")
        }
        switch framing {
        case .none:
            if mustSayLengthZero(exchange) { out.append("Content-Length: 0\r\n") }
        case .length(let length): out.appendContentLength(length)
        case .chunked: out.append("Transfer-Encoding: chunked\r\n")
        case .untilClose: break
        }
        if head.status >= 200 {
            if !keepAlive {
                out.append("Connection: close\r\n")
            } else if exchange.request.minorVersion == 0 {
                out.append("Connection: keep-alive\r\n")
            }
        }
        out.append("\r\n")
    }

    /// Whether the caller could take a missing length for a body up to the connection's end.
    private static func mustSayLengthZero(_ exchange: Exchange) -> Bool {
        let status = exchange.response.status
        return exchange.request.method != .head && !Status.forbidsBody(status)
    }

    /// Whether a length may stand beside no body: it is that of the answer to a GET (RFC 9110
    /// section 8.6), and forbidden with 204 and interim answers.
    private static func mayTellLength(_ exchange: Exchange) -> Bool {
        let status = exchange.response.status
        if status == 304 { return true }
        return exchange.request.method == .head && !Status.forbidsBody(status)
    }

    /// Appends the fields that pass; answers whether there was a date.
    private static func writeFields(
        _ exchange: Exchange,
        _ route: Route,
        _ source: Buffer,
        to out: Buffer
    ) -> Bool {
        let head = exchange.response
        var hasDate = false
        let drops = route.responseDrops
        source.withReadable { bytes in
            for field in head.fields {
                if drops.contains(field.id) {
                    // The length of a body that is not sent says something, except beside a 204.
                    let isTold = field.id == .contentLength && head.framing == .none
                    guard isTold, mayTellLength(exchange) else { continue }
                }
                if field.id == .wwwAuthenticate && head.status == 401 { continue }
                if field.id == .date { hasDate = true }
                if !head.connectionNames.isEmpty, isListed(field, head.connectionNames, bytes) {
                    continue
                }
                out.append(bytes.extracting(field.name.lower..<field.name.upper))
                out.append(": ")
                out.append(bytes.extracting(field.value.lower..<field.value.upper))
                out.append("\r\n")
            }
        }
        return hasDate
    }
}
