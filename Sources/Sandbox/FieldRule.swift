import HTTP

/// Which header fields callers may have the sandbox send.
enum FieldRule {
    /// Fields that say where a message ends, which the driver alone decides.
    private static let ours: Set = [
        "content-length", "transfer-encoding", "connection", "trailer", "upgrade", "keep-alive",
    ]

    /// Whether name and value can be sent, are not too long, and are not the driver's own.
    static func allows(_ name: String, _ value: String) -> Bool {
        FieldRules.isToken(name) && name.utf8.count <= 256
            && FieldRules.isValue(value) && value.utf8.count <= 8192
            && !ours.contains(name.lowercased())
    }
}
