package import Bytes

extension Buffer {
    /// Appends a whole response.
    ///
    /// `Content-Length`, `Transfer-Encoding` and `Connection` are the writer's own: it decides them
    /// and leaves out those among the fields. A response that can have no body (1xx, 204, 304)
    /// loses it, and one to `HEAD` keeps only its length. With `now`, in seconds since 1970, a
    /// `Date` is added if there is none.
    /// - Throws: What our own parser would refuse; nothing was appended then.
    package func append(
        _ response: Response,
        closing: Bool,
        answering method: Method = .get,
        now: Int? = nil
    ) throws(HTTPError) {
        guard response.status >= 100, response.status <= 999 else { throw .badStatusLine }
        try MessageRules.check(response.fields)
        appendStatusLine(response.status)
        if let now, response.fields["Date"] == nil {
            append("Date: ")
            append(HTTPDate.bytes(secondsSince1970: now))
            appendLineEnd()
        }
        appendPassing(response.fields)
        let isBodyless = Status.forbidsBody(response.status)
        if !isBodyless { appendContentLength(response.body.count) }
        if closing { append("Connection: close\r\n") }
        appendLineEnd()
        if !isBodyless && method != .head { append(response.body) }
    }

    /// Appends a whole request for an upstream whose `Host` is `authority`.
    ///
    /// `Host` comes first; `Host`, `Content-Length`, `Transfer-Encoding` and `Connection` among the
    /// fields are left out. The length is written if there is a body or the method usually has one.
    /// - Throws: What our own parser would refuse; nothing was appended then.
    package func append(
        _ request: Request,
        authority: String,
        closing: Bool = false
    ) throws(HTTPError) {
        try MessageRules.check(request)
        guard MessageRules.isAuthority(authority) else { throw .badHost }
        try MessageRules.check(request.fields)
        append(request.method)
        append(UInt8(ascii: " "))
        append(request.target)
        append(" HTTP/1.1\r\nHost: ")
        append(authority)
        appendLineEnd()
        appendPassing(request.fields, exceptHost: true)
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            appendContentLength(request.body.count)
        }
        if closing { append("Connection: close\r\n") }
        appendLineEnd()
        append(request.body)
    }

    /// Appends checked fields but for those that the writer decides.
    private func appendPassing(_ fields: Fields, exceptHost: Bool = false) {
        for (name, value) in fields {
            if MessageRules.isWritersOwn(name) || exceptHost && Fields.same(name, "Host") {
                continue
            }
            append(name)
            append(": ")
            append(value)
            appendLineEnd()
        }
    }
}

/// What a whole message may consist of.
private enum MessageRules {
    /// Whether the writer decides a field itself.
    static func isWritersOwn(_ name: String) -> Bool {
        Fields.same(name, "Content-Length") || Fields.same(name, "Transfer-Encoding")
            || Fields.same(name, "Connection")
    }

    /// Checks every field.
    static func check(_ fields: Fields) throws(HTTPError) {
        for (name, value) in fields { try FieldRules.check(name: name, value: value) }
    }

    /// Checks the request line's parts: a method that is a token and a target in origin-form, or
    /// `*` with `OPTIONS`.
    static func check(_ request: Request) throws(HTTPError) {
        guard FieldRules.isToken(request.method) else { throw .badMethod }
        let isAsterisk = request.target == "*" && request.method == "OPTIONS"
        guard request.target.utf8.first == UInt8(ascii: "/") || isAsterisk,
            request.target.utf8.allSatisfy(Octet.isTarget), request.method != "CONNECT"
        else { throw .badTarget }
    }

    static func isAuthority(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Authority(bytes.span, ByteRange(0, bytes.count)) != nil
    }
}
