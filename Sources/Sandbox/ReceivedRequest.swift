import HTTP

/// A request as it came off a connection, and what the answer must know of it.
struct ReceivedRequest {
    var request: Request
    /// What became of a body that was too large to keep.
    var summary: RequestSummary?
    let isHead: Bool
    /// Whether the caller understands chunks, which HTTP/1.0 does not.
    let knowsChunks: Bool
    let keepAlive: Bool
}
