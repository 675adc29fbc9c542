internal import Bytes
package import Config
internal import Crypto
internal import HTTP

/// Somebody who may call, made ready to be recognised.
package final class Caller: Sendable {
    package let name: String
    /// The only tenants it may name; empty: any.
    package let tenants: [String]

    init(_ configuration: CallerConfiguration) {
        name = configuration.name
        tenants = configuration.tenants
    }

    /// Whether it may name a tenant.
    func mayName(_ tenant: String) -> Bool {
        tenants.contains { $0.utf8.elementsEqual(tenant.utf8) }
    }
}

/// All callers of a configuration, found by the token that a request shows.
package struct CallerTable: Sendable {
    /// A caller and the SHA-256 of its token.
    private struct Entry: Sendable {
        let digest: [UInt8]
        let caller: Caller
    }

    /// By the first bytes of the digest, which nobody can choose.
    private let entries: [UInt64: [Entry]]

    /// Makes the table; callers without a token cannot be recognised by one.
    package init(_ callers: [CallerConfiguration]) {
        var entries: [UInt64: [Entry]] = [:]
        for configuration in callers {
            guard let digest = configuration.token?.digest else { continue }
            let entry = Entry(digest: digest, caller: Caller(configuration))
            entries[Self.key(digest), default: []].append(entry)
        }
        self.entries = entries
    }

    /// Who sent a request: the first token of a known caller in the places where tokens stand.
    func caller(of head: RequestHead, in bytes: Span<UInt8>) -> Caller? {
        for place in [FieldID.authorization, .xApiKey, .privateToken, .proxyAuthorization] {
            for field in head.fields where field.id == place {
                guard let token = Self.token(field, in: bytes), let caller = caller(token, bytes)
                else { continue }
                return caller
            }
        }
        return nil
    }

    private func caller(_ token: ByteRange, _ bytes: Span<UInt8>) -> Caller? {
        let digest = SHA256.digest(bytes.extracting(token.lower..<token.upper))
        return entries[Self.key(digest)]?.first { ConstantTime.equal($0.digest, digest) }?.caller
    }

    /// The token in a field: all of it, or what follows `Bearer` (RFC 6750 section 2.1).
    private static func token(_ field: Field, in bytes: Span<UInt8>) -> ByteRange? {
        let value = field.value
        guard value.upper <= bytes.count else { return nil }
        if field.id == .xApiKey || field.id == .privateToken {
            return value.isEmpty ? nil : value
        }
        let scheme = ByteRange(value.lower, min(value.upper, value.lower + 7))
        guard ASCII.equals(bytes, scheme, lowercase: Array("bearer ".utf8).span) else { return nil }
        var start = scheme.upper
        while start < value.upper, bytes[start] == UInt8(ascii: " ") { start += 1 }
        return start < value.upper ? ByteRange(start, value.upper) : nil
    }

    private static func key(_ digest: [UInt8]) -> UInt64 {
        digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
