internal import Time
internal import Bytes
internal import IO
internal import HTTP
internal import JSON

/// Writes the answers that we give ourselves: JSON for programs, `Proxy-Status` for operators.
enum OwnAnswer {
    /// Appends a whole response, and answers how many bytes its body has.
    ///
    /// `connectURL`: where a person can mend what is refused, if there is such a place.
    static func write(
        _ refusal: Refusal,
        requestID: [UInt8],
        connectURL: String? = nil,
        isHead: Bool,
        closing: Bool,
        date: [UInt8],
        to out: Buffer
    ) -> Int {
        out.appendStatusLine(refusal.status)
        out.append("Date: ")
        out.append(date)
        out.append("\r\n")
        if closing { out.append("Connection: close\r\n") }
        if refusal == .optionsAnswered {
            out.append("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n\r\n")
            return 0
        }
        out.append("Proxy-Status: attache; error=")
        out.append(refusal.proxyStatus)
        out.append("\r\nCache-Control: no-store\r\nContent-Type: application/json\r\n")
        if refusal == .callerUnknown {
            out.append("WWW-Authenticate: Bearer realm=\"attache\"\r\n")
        }
        if refusal == .methodRefused {
            out.append("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n")
        }
        if let seconds = refusal.retryAfter {
            out.append("Retry-After: ")
            out.append(decimal: seconds)
            out.append("\r\n")
        }
        let id = JSONText.quoted(String(decoding: requestID, as: UTF8.self))
        let connect = connectURL.map { ",\"connect_url\":\(JSONText.quoted($0))" } ?? ""
        let body =
            "{\"error\":{\"code\":\(JSONText.quoted(refusal.code)),\"type\":\"attache_error\","
            + "\"message\":\(JSONText.quoted(refusal.message)),\"request_id\":\(id)\(connect)}}\n"
        out.appendContentLength(body.utf8.count)
        out.append("\r\n")
        guard !isHead else { return 0 }
        out.append(body)
        return body.utf8.count
    }
}

/// The present moment as IMF-fixdate, made anew once a second.
struct DateLine {
    private var second = -1
    private var text: [UInt8] = []

    /// The bytes of the date.
    mutating func now() -> [UInt8] {
        let second = Int(WallClock.now)
        if second != self.second {
            self.second = second
            text = HTTPDate.bytes(secondsSince1970: second)
        }
        return text
    }
}
