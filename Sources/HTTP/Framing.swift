import Bytes

/// How a message's body ends (RFC 9112 section 6.3).
package enum Framing: Equatable, Sendable {
    /// There is no body.
    case none
    /// The body has this many bytes; at least one.
    case length(Int)
    /// The body is chunked.
    case chunked
    /// The body ends with the connection; responses only.
    case untilClose
}

/// What a head says about its body: gathered field by field, decided once, for both directions.
struct BodySigns {
    private var length: Int?
    private var isChunked = false

    /// Takes a `Content-Length`: 1 to 18 digits without a leading zero, once.
    mutating func addLength(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HTTPError) {
        guard length == nil else { throw .repeatedContentLength }
        guard !isChunked else { throw .lengthAndTransferEncoding }
        guard value.count >= 1, value.count <= 18 else { throw .badContentLength }
        guard bytes[value.lower] != 0x30 || value.count == 1 else { throw .badContentLength }
        var number = 0
        var index = value.lower
        while index < value.upper {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { throw .badContentLength }
            number = number &* 10 &+ Int(digit)
            index &+= 1
        }
        length = number
    }

    /// Takes a `Transfer-Encoding`: exactly `chunked`, once.
    mutating func addTransferEncoding(
        _ bytes: Span<UInt8>,
        _ value: ByteRange
    ) throws(HTTPError) {
        guard !isChunked else { throw .badTransferEncoding }
        guard length == nil else { throw .lengthAndTransferEncoding }
        guard value.count == 7, Framing.isChunked(bytes, value) else {
            throw Framing.codingFault(bytes, value)
        }
        isChunked = true
    }

    /// Decides how a request's body ends.
    func request(minorVersion: Int) throws(HTTPError) -> Framing {
        if isChunked {
            guard minorVersion > 0 else { throw .transferEncodingInHTTP10 }
            return .chunked
        }
        guard let length, length > 0 else { return .none }
        return .length(length)
    }

    /// Decides how a response's body ends.
    func response(
        status: Int,
        answering method: Method,
        minorVersion: Int
    ) throws(HTTPError) -> Framing {
        if isChunked && minorVersion == 0 { throw .transferEncodingInHTTP10 }
        if Status.forbidsBody(status) || method == .head { return .none }
        if method == .connect && status / 100 == 2 { return .none }
        if isChunked { return .chunked }
        guard let length else { return .untilClose }
        return length > 0 ? .length(length) : .none
    }

    /// Whether the head announces a body, even where there can be none.
    var announcesBody: Bool { isChunked || (length ?? 0) > 0 }
}

extension Framing {
    /// Whether seven bytes spell `chunked`, in any case.
    fileprivate static func isChunked(_ bytes: Span<UInt8>, _ value: ByteRange) -> Bool {
        let word = Word.load(bytes, value.lower, upTo: value.upper)
        return word | 0x0020_2020_2020_2020 == Word.literal("chunked")
    }

    /// Tells an unknown coding (501) from a value that leaves the framing open (400).
    ///
    /// Unknown is a list of plain tokens that ends in `chunked`, its only one, or a single token
    /// that is no registered coding. RFC 9112 section 6.3 wants 400 whenever `chunked` is not last.
    fileprivate static func codingFault(
        _ bytes: Span<UInt8>,
        _ value: ByteRange
    ) -> HTTPError {
        var codings: [[UInt8]] = [[]]
        for index in value.lower..<value.upper {
            let byte = bytes[index]
            if byte == Octet.comma {
                codings.append([])
            } else if Octet.isToken(byte), codings.count <= 16 {
                codings[codings.count - 1].append(ASCII.lowercased(byte))
            } else if byte != Octet.space || bytes[index - 1] != Octet.comma {
                return .badTransferEncoding
            }
        }
        guard !codings.contains([]), let last = codings.popLast() else {
            return .badTransferEncoding
        }
        let chunked = Array("chunked".utf8)
        if last == chunked {
            return codings.contains(chunked) ? .badTransferEncoding : .unknownTransferCoding
        }
        let known = ["gzip", "x-gzip", "deflate", "compress", "x-compress", "identity"]
        let isKnown = known.contains { $0.utf8.elementsEqual(last) }
        return codings.isEmpty && !isKnown ? .unknownTransferCoding : .badTransferEncoding
    }
}
