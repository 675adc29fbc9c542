/// Knows the addresses that stand for all of a machine's, and that nobody can be sent to.
package enum Wildcard {
    /// Whether a numeric host (IPv6 without brackets, any case) is one, however it is written.
    package static func contains(_ host: String) -> Bool {
        var rest = host.lowercased()[...]
        // IPv4 within IPv6.
        if rest.hasPrefix("::ffff:") { rest = rest.dropFirst("::ffff:".count) }
        return !rest.isEmpty && rest.allSatisfy { "0:.".contains($0) }
    }
}
