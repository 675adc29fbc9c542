internal import Config
internal import Bytes
internal import HTTP

/// Writes the head that goes upstream: from scratch, the caller's fields stripped first, ours last.
enum RequestWriter {
    /// Appends the whole head of a request.
    ///
    /// `exchange`: the parsed head, its route and its names.
    /// `source`: the bytes that the head's ranges mean.
    static func write(
        _ exchange: Exchange,
        _ injection: Injection,
        route: Route,
        source: Buffer,
        to out: Buffer
    ) {
        out.append(exchange.request.methodRange, of: source)
        out.append(UInt8(ascii: " "))
        writeTarget(exchange, injection, source, to: out)
        out.append(" HTTP/1.1\r\n")
        out.append(injection.hostLine)
        writeFields(exchange, injection, route, source, to: out)
        if !injection.setsRequestID { writeRequestID(exchange, to: out) }
        if !injection.setsTraceparent { writeTraceparent(exchange, source, to: out) }
        if route.configuration.via, !injection.setsVia {
            out.append(Via.line(minorVersion: exchange.request.minorVersion))
        }
        switch exchange.request.framing {
        case .none: if exchange.saidLengthZero { out.append("Content-Length: 0\r\n") }
        case .length(let length): out.appendContentLength(length)
        case .chunked, .untilClose: out.append("Transfer-Encoding: chunked\r\n")
        }
        out.append(injection.headerLines)
        out.append("\r\n")
    }

    private static func writeTarget(
        _ exchange: Exchange,
        _ injection: Injection,
        _ source: Buffer,
        to out: Buffer
    ) {
        let rest = exchange.admission.rest
        if rest.isEmpty {
            out.append(injection.basePath)
        } else {
            out.append(injection.joinedPath)
            out.append(rest, of: source)
        }
        let own = exchange.request.query
        if injection.query.isEmpty && injection.baseQuery.isEmpty {
            if let own {
                out.append(UInt8(ascii: "?"))
                out.append(own, of: source)
            }
            return
        }
        var mark = UInt8(ascii: "?")
        func append(_ bytes: [UInt8]) {
            guard !bytes.isEmpty else { return }
            out.append(mark)
            mark = UInt8(ascii: "&")
            out.append(bytes)
        }
        append(injection.baseQuery)
        if let own { append(kept(own, of: source, without: injection.queryNames)) }
        append(injection.query)
    }

    /// The caller's query without the parameters that the connection sets, however they are escaped.
    private static func kept(
        _ query: ByteRange,
        of source: Buffer,
        without names: [[UInt8]]
    ) -> [UInt8] {
        var result: [UInt8] = []
        source.withReadable { bytes in
            var start = query.lower
            while start <= query.upper {
                var end = start
                while end < query.upper, bytes[end] != UInt8(ascii: "&") { end += 1 }
                var equals = start
                while equals < end, bytes[equals] != UInt8(ascii: "=") { equals += 1 }
                let name = ByteRange(start, equals)
                if !names.contains(PathSegments.decoded(name, in: bytes, plusIsSpace: true)) {
                    if !result.isEmpty { result.append(UInt8(ascii: "&")) }
                    for index in start..<end { result.append(bytes[index]) }
                }
                start = end + 1
            }
        }
        return result
    }

    private static func writeFields(
        _ exchange: Exchange,
        _ injection: Injection,
        _ route: Route,
        _ source: Buffer,
        to out: Buffer
    ) {
        let head = exchange.request
        source.withReadable { bytes in
            for field in head.fields where passes(field, head, route, bytes) {
                out.append(bytes.extracting(field.name.lower..<field.name.upper))
                out.append(": ")
                out.append(bytes.extracting(field.value.lower..<field.value.upper))
                out.append("\r\n")
            }
            for line in injection.defaultLines
            where !head.fields.contains(where: {
                $0.isNamed(line.name.span, in: bytes) && passes($0, head, route, bytes)
            }) {
                out.append(line.line)
            }
        }
    }

    /// Whether a field of the caller goes on to the upstream.
    @inline(__always)
    private static func passes(
        _ field: Field,
        _ head: RequestHead,
        _ route: Route,
        _ bytes: Span<UInt8>
    ) -> Bool {
        if route.drops.contains(field.id) || route.droppedNames.contains(field, in: bytes) {
            return false
        }
        return head.connectionNames.isEmpty || !isListed(field, head.connectionNames, bytes)
    }

    /// Appends what the request is called in the logs of both sides.
    private static func writeRequestID(_ exchange: Exchange, to out: Buffer) {
        out.append("X-Request-Id: ")
        if let id = exchange.callerID {
            out.append(id)
        } else {
            out.append(hex16: exchange.trace.0)
            out.append(hex16: exchange.trace.1)
        }
        out.append("\r\n")
    }

    /// Appends the trace that the request belongs to.
    private static func writeTraceparent(_ exchange: Exchange, _ source: Buffer, to out: Buffer) {
        if let trace = exchange.traceparent {
            out.append("Traceparent: ")
            out.append(trace, of: source)
            out.append("\r\n")
        } else {
            out.append("Traceparent: 00-")
            out.append(hex16: exchange.trace.0)
            out.append(hex16: exchange.trace.1)
            out.append(UInt8(ascii: "-"))
            out.append(hex16: exchange.span)
            out.append("-00\r\n")
        }
    }
}

/// Whether a field is one that `Connection` lists, and so ends here (RFC 9110 section 7.6.1).
func isListed(_ field: Field, _ names: [ByteRange], _ bytes: Span<UInt8>) -> Bool {
    for name in names where name.count == field.name.count {
        var index = 0
        while index < name.count,
            ASCII.lowercased(bytes[name.lower &+ index])
                == ASCII.lowercased(bytes[field.name.lower &+ index])
        {
            index &+= 1
        }
        if index == name.count { return true }
    }
    return false
}
