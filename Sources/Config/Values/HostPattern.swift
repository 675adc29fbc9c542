import HTTP

/// A host, or all the hosts under one (`allow_hosts`).
package struct HostPattern: Sendable, Hashable {
    /// The host, or what must stand behind one or more labels; in lower case.
    package let host: String
    /// Whether it was written `*.host`.
    package let matchesSubdomains: Bool

    /// Reads `api.example.com`, `*.example.com`, `127.0.0.1` or `[::1]`; `nil` for anything else.
    package init?(_ text: String) {
        let text = text.lowercased()
        matchesSubdomains = text.hasPrefix("*.")
        let rest = matchesSubdomains ? String(text.dropFirst(2)) : text
        guard let host = HostName.unbracketed(rest), !matchesSubdomains || HostName.isName(host)
        else { return nil }
        self.host = host
    }

    /// Whether a host (in any case, IPv6 without brackets) is meant; `*.x` never means `x` itself.
    package func matches(_ candidate: String) -> Bool {
        let candidate = candidate.lowercased()
        guard matchesSubdomains else { return candidate == host }
        guard HostName.isName(candidate), !HostName.isIPv4(candidate) else { return false }
        return candidate.hasSuffix(".\(host)") && candidate.utf8.count > host.utf8.count + 1
    }
}

extension HostPattern: CustomStringConvertible {
    /// The pattern as it is written.
    package var description: String { matchesSubdomains ? "*.\(host)" : host }
}

/// The spelling of hosts.
enum HostName {
    /// The host in lower case without the brackets of an IPv6 address; `nil` if it is none.
    static func unbracketed(_ text: String) -> String? {
        let text = text.lowercased()
        if text.hasPrefix("["), text.hasSuffix("]") {
            let address = String(text.dropFirst().dropLast())
            return isIPv6(address) ? address : nil
        }
        return isName(text) ? text : nil
    }

    /// Whether it is labels of letters, digits, `-` and `_`, joined by dots (an IPv4 address too).
    static func isName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.allSatisfy(isLabelByte)
        }
    }

    /// Whether a byte may stand in a label.
    static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Whether it is four numbers from 0 to 255 without leading zeros.
    static func isIPv4(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.count) && part.allSatisfy { $0 &- 0x30 < 10 }
                    && (part.count == 1 || part.first != 0x30)
                    && UInt8(String(decoding: part, as: UTF8.self)) != nil
            }
    }

    /// Whether it is an IPv6 address without brackets (RFC 4291 section 2.2).
    static func isIPv6(_ text: String) -> Bool {
        URI("http://[\(text)]/")?.host == text.lowercased()
    }
}
