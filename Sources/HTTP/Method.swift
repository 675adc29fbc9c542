import Bytes

/// A request method; case-sensitive (RFC 9110 section 9.1).
package enum Method: UInt8, Sendable {
    case get, head, post, put, delete, connect, options, trace, patch
    /// Any other token; its spelling is in the head's `methodRange`.
    case other

    /// Recognises the method that fills a range.
    init(_ bytes: Span<UInt8>, _ range: ByteRange) {
        self = Method.of(word: Word.load(bytes, range.lower, upTo: range.upper), range.count)
    }

    /// Recognises a method by its spelling.
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        self = Method(bytes.span, ByteRange(0, bytes.count))
    }

    @inline(__always)
    private static func of(word: UInt64, _ count: Int) -> Method {
        switch count {
        case 3:
            if word == Word.literal("GET") { return .get }
            return word == Word.literal("PUT") ? .put : .other
        case 4:
            if word == Word.literal("POST") { return .post }
            return word == Word.literal("HEAD") ? .head : .other
        case 5:
            if word == Word.literal("PATCH") { return .patch }
            return word == Word.literal("TRACE") ? .trace : .other
        case 6:
            return word == Word.literal("DELETE") ? .delete : .other
        case 7:
            if word == Word.literal("OPTIONS") { return .options }
            return word == Word.literal("CONNECT") ? .connect : .other
        default:
            return .other
        }
    }

    /// Whether repeating the request does no more than sending it once (RFC 9110 section 9.2.2).
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .connect, .patch, .other: false
        }
    }

    /// The spelling of a known method.
    package var name: StaticString? {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        case .other: nil
        }
    }
}
