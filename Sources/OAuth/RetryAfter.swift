internal import Time
package import Credentials
internal import HTTP
internal import JSON

/// The field `Retry-After`, in both its forms (RFC 9110 section 10.2.3).
package enum RetryAfter {
    /// How long to wait; `nil` for no field or one that says nothing; a time that is past is zero.
    package static func duration(_ value: String?, at now: WallTime) -> Duration? {
        guard let value = value?.trimmingSpaces(), !value.isEmpty else { return nil }
        if value.utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
            return Duration(heldSeconds: Double(value) ?? 0)
        }
        let whole = HTTPDate.whole(now.seconds)
        guard let date = HTTPDate.parse(value, now: whole) else { return nil }
        return Duration(heldSeconds: max(0, Double(date) - now.seconds))
    }
}
