internal import Time
internal import Bytes
internal import Config
internal import Connection
internal import Credentials
internal import HTTP
internal import IO

/// One request and its answer, while they are on their way; reused for the next.
final class Exchange {
    var request = RequestHead()
    var response = ResponseHead()
    /// The length of the request's head, which stays in the client's buffer until it is not needed.
    var headLength = 0
    var responseHeadLength = 0
    /// How many bytes of the body were gathered behind the head; 0 for none.
    var gathered = 0
    /// Whether the body is still to be read from the client while it is sent on.
    var streamsBody = false
    /// Whether the head has been used up, so that what comes next is the body to stream.
    var bodyBegan = false
    /// Where the request goes, and for whom.
    var admission = Admission()
    /// The caller's own `X-Request-Id`, where it gave a usable one; else `trace` serves.
    var callerID: [UInt8]?
    /// The caller's `traceparent`, where there is one.
    var traceparent: ByteRange?
    /// 128 random bits that name the request, and 64 for its hop.
    var trace: (UInt64, UInt64) = (0, 0)
    var span: UInt64 = 0
    /// Why the request goes no further, whatever its target: its fields say so.
    var endsHere: Refusal?
    /// Whether the request said `Content-Length: 0`.
    var saidLengthZero = false
    /// Whether a byte of the final response has gone to the client.
    var hasAnswered = false
    /// Whether `100 Continue` has been sent, or the body came without being asked for.
    var continued = false

    // What the access log tells.
    var started = Instant.never
    var tokenWait: Duration = .zero
    var tokenPath: TokenPath?
    var upstreamStarted: Instant?
    var upstreamTime: Duration?
    var status = 0
    /// How many bytes the body of an answer of our own has.
    var ownBytes = 0
    var errorCode: String?
    var methodText: String?
    var pathText: String?
    /// What the connection had carried before.
    private(set) var bytesBefore = (0, 0)

    /// Forgets the last exchange.
    func begin(_ client: Client, at now: Instant) {
        bytesBefore = (client.reader.bodyBytes, client.writer.bodyBytes)
        request.reset()
        response.reset()
        headLength = 0
        gathered = 0
        streamsBody = false
        bodyBegan = false
        admission = Admission()
        callerID = nil
        traceparent = nil
        endsHere = nil
        saidLengthZero = false
        hasAnswered = false
        continued = false
        started = now
        tokenWait = .zero
        tokenPath = nil
        upstreamStarted = nil
        upstreamTime = nil
        status = 0
        ownBytes = 0
        errorCode = nil
        methodText = nil
        pathText = nil
    }

    /// What the request is called in logs and in answers of our own.
    var requestID: [UInt8] {
        if let callerID { return callerID }
        let text = Buffer(capacity: 64)
        text.append(hex16: trace.0)
        text.append(hex16: trace.1)
        return text.withReadable { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// Whether sending the request twice does no harm and its whole text is still here.
    var isSafeToRetry: Bool {
        guard !streamsBody, gathered == 0 else { return false }
        switch request.method {
        case .get, .head, .options, .put, .delete: return true
        case .post, .patch, .connect, .trace, .other: return false
        }
    }

    /// Whether the request can be sent again after a 401, which shows that nothing was done.
    var isReplayable: Bool { !streamsBody }
}

extension Exchange {
    /// Notes, while the head is still there, what the log will tell of it.
    func note(_ source: Buffer, logged: Bool) {
        guard logged else { return }
        source.withReadable { bytes in
            methodText = Self.text(bytes, request.methodRange)
            pathText = Self.text(bytes, request.path)
        }
    }

    /// Bytes of a head as text.
    static func text(_ bytes: Span<UInt8>, _ range: ByteRange) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range.lower..<min(range.upper, bytes.count) { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}
