internal import Bytes
internal import Crypto
internal import HTTP

/// Names requests: `X-Request-Id` and `traceparent` (W3C Trace Context), passed on or made.
struct RequestIdentity {
    private static let idBytesMax = 128
    /// Random words, fetched for many requests at once.
    private var pool: [UInt64] = []

    /// Names an exchange of which nothing is known yet.
    mutating func name(_ exchange: Exchange) {
        exchange.trace = (word(), word())
        exchange.span = word()
    }

    /// Fills in an exchange's names.
    mutating func identify(_ exchange: Exchange, _ source: Buffer) {
        name(exchange)
        var hopsLeft: ByteRange?
        source.withReadable { bytes in
            for field in exchange.request.fields {
                switch field.id {
                case .xRequestID: exchange.callerID = Self.usable(bytes, field.value)
                case .traceparent: exchange.traceparent = field.value
                case .via where Via.isOurs(field.value, in: bytes): exchange.endsHere = .loop
                case .maxForwards where exchange.request.method == .options:
                    hopsLeft = field.value
                case .contentLength: exchange.saidLengthZero = exchange.request.framing == .none
                default: continue
                }
            }
        }
        // Who asks only as far as here is answered here (RFC 9110 section 7.6.2).
        if let hopsLeft, !source.countDown(hopsLeft) { exchange.endsHere = .optionsAnswered }
    }

    /// The caller's own name for the request, where it is short and plain.
    private static func usable(_ bytes: Span<UInt8>, _ value: ByteRange) -> [UInt8]? {
        guard !value.isEmpty, value.count <= idBytesMax else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(value.count)
        for index in value.lower..<value.upper {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
            else { return nil }
            result.append(byte)
        }
        return result
    }

    private mutating func word() -> UInt64 {
        if let word = pool.popLast() { return word }
        let bytes = Random.bytes(4096)
        for start in stride(from: 0, to: bytes.count - 7, by: 8) {
            pool.append(bytes[start..<(start + 8)].reduce(0) { $0 &<< 8 | UInt64($1) })
        }
        return pool.popLast() ?? 0
    }
}
