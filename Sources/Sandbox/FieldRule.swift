/// Which header fields callers may have the sandbox send.
enum FieldRule {
    /// Fields that say where a message ends, which the driver alone decides.
    private static let ours: Set = [
        "content-length", "transfer-encoding", "connection", "trailer", "upgrade", "keep-alive",
    ]

    /// Whether the name is a token, the value has no control characters, and neither is ours.
    static func allows(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256 && name.utf8.allSatisfy(isToken)
            && value.utf8.count <= 8192 && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && !ours.contains(name.lowercased())
    }

    /// The characters of a token (RFC 9110 section 5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
