/// A pattern over the rest of a path (`allow`, `deny`): `*` is one segment, `**` any number.
///
/// `*` is never an empty segment, nor one with an encoded slash in it, which may be two.
package struct PathPattern: Sendable, Hashable {
    /// One segment of a pattern.
    package enum Segment: Sendable, Hashable {
        /// The bytes of a segment after one decoding of `%` escapes.
        case literal([UInt8])
        case any
        case anyNumber
    }

    package let text: String
    package let segments: [Segment]

    /// Reads `/users/*/keys/**`; `nil` without the first slash, or with a star beside other text.
    package init?(_ text: String) {
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return nil
        }
        var segments: [Segment] = []
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            switch part {
            case "*": segments.append(.any)
            case "**": segments.append(.anyNumber)
            default:
                guard !part.contains("*"), let bytes = PathPattern.decoded(Array(part.utf8)) else {
                    return nil
                }
                segments.append(.literal(bytes))
            }
        }
        self.text = text
        self.segments = segments
    }

    /// Whether segments, each decoded once, are meant.
    package func matches(_ path: [[UInt8]]) -> Bool {
        // The classic greedy walk: only the last `**` needs to be tried again.
        var at = 0
        var here = 0
        var star: (pattern: Int, path: Int)?
        while here < path.count {
            if at < segments.count, segments[at] == .anyNumber {
                star = (at, here)
                at += 1
            } else if at < segments.count, segments[at].matches(path[here]) {
                at += 1
                here += 1
            } else if let last = star {
                star = (last.pattern, last.path + 1)
                at = last.pattern + 1
                here = last.path + 1
            } else {
                return false
            }
        }
        return segments[at...].allSatisfy { $0 == .anyNumber }
    }

    /// The bytes after one decoding; `nil` for a broken escape.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard index + 2 < bytes.count, let high = hexValue(bytes[index + 1]),
                let low = hexValue(bytes[index + 2])
            else { return nil }
            result.append(high << 4 | low)
            index += 3
        }
        return result
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }
}

extension PathPattern.Segment {
    /// Whether this one segment is meant.
    fileprivate func matches(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .literal(let own): own == bytes
        case .any: !bytes.isEmpty && !bytes.contains(UInt8(ascii: "/"))
        case .anyNumber: false
        }
    }
}
