/// What goes wrong on the connection in place of a whole answer.
package enum Fault: Sendable, Equatable {
    /// The connection is reset (RST) and nothing has changed.
    case resetBeforeCommit
    /// The connection is reset (RST) though the state has changed.
    case resetAfterCommit
    /// The connection is closed (FIN) without a byte, and nothing has changed.
    case closeWithoutAnswer
    /// No answer ever; the connection stays open. Nothing has changed unless a script says so.
    case silent
    /// The head, then this many bytes of the body, then the connection is closed.
    case truncate(bytes: Int)
    /// The answer in pieces of this many bytes.
    case drip(bytes: Int, every: Duration)
    /// The body, then spaces up to this many bytes in all.
    case oversize(bytes: Int)

    /// Whether the state changes as if the answer had arrived.
    var commits: Bool {
        switch self {
        case .resetBeforeCommit, .closeWithoutAnswer, .silent: false
        case .resetAfterCommit, .truncate, .drip, .oversize: true
        }
    }

    /// Whether the caller can get the whole answer.
    var losesAnswer: Bool {
        switch self {
        case .resetBeforeCommit, .resetAfterCommit, .closeWithoutAnswer, .silent, .truncate: true
        case .drip, .oversize: false
        }
    }
}
