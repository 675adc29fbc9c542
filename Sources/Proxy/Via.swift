internal import Bytes
internal import Crypto
internal import HTTP

/// What this proxy adds to `Via` (RFC 9110 section 7.6.3) where a route says so.
///
/// Its pseudonym is another for each running proxy, so that one may stand behind another, and yet
/// whoever meets its own knows that the message has come back.
enum Via {
    private static let name = Array("attache-\(Hex.encode(Random.bytes(8)))".utf8)
    private static let line10 = Array("Via: 1.0 ".utf8) + name + Array("\r\n".utf8)
    private static let line11 = Array("Via: 1.1 ".utf8) + name + Array("\r\n".utf8)

    /// The line for a message that came in this version of HTTP/1.
    static func line(minorVersion: Int) -> [UInt8] { minorVersion == 0 ? line10 : line11 }

    /// Whether a field's value names this proxy.
    static func isOurs(_ value: ByteRange, in bytes: Span<UInt8>) -> Bool {
        var start = value.lower
        while start + name.count <= value.upper {
            let range = ByteRange(start, start + name.count)
            if ASCII.equals(bytes, range, lowercase: name.span) { return true }
            start += 1
        }
        return false
    }
}
