internal import Bytes
internal import Crypto
internal import HTTP

/// Names requests: `X-Request-Id` and `traceparent` (W3C Trace Context), passed on or made.
struct RequestIdentity {
    private static let idBytesMax = 128
    private var pool: [UInt8] = []
    private var next = 0

    /// Fills in an exchange's names; random bytes are fetched for many requests at once.
    mutating func identify(_ exchange: Exchange, _ source: Buffer) {
        hex(16, into: &exchange.traceID)
        hex(8, into: &exchange.spanID)
        source.withReadable { bytes in
            for field in exchange.request.fields {
                switch field.id {
                case .xRequestID: exchange.requestID = Self.usable(bytes, field.value)
                case .traceparent: exchange.traceparent = field.value
                case .contentLength: exchange.saidLengthZero = exchange.request.framing == .none
                default: break
                }
            }
        }
        if exchange.requestID.isEmpty { exchange.requestID.append(contentsOf: exchange.traceID) }
    }

    /// The caller's own name for the request, where it is short and plain; else empty.
    private static func usable(_ bytes: Span<UInt8>, _ value: ByteRange) -> [UInt8] {
        guard !value.isEmpty, value.count <= idBytesMax else { return [] }
        var result: [UInt8] = []
        result.reserveCapacity(value.count)
        for index in value.lower..<value.upper {
            let byte = bytes[index]
            guard byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
            else { return [] }
            result.append(byte)
        }
        return result
    }

    private mutating func hex(_ count: Int, into result: inout [UInt8]) {
        if pool.count - next < count {
            pool = Random.bytes(4096)
            next = 0
        }
        result.removeAll(keepingCapacity: true)
        for index in next..<(next + count) {
            result.append(Self.digit(pool[index] >> 4))
            result.append(Self.digit(pool[index] & 15))
        }
        next += count
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x57 &+ value
    }
}
