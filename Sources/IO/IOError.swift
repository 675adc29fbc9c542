internal import Glibc

/// What can go wrong with a descriptor or a connection.
package enum IOError: Error, Equatable, Sendable {
    /// The peer closed, cleanly or by a reset, where more was due.
    case closed
    /// A deadline passed.
    case timedOut
    /// We gave the wait up ourselves, because of shutdown or because the other side went away.
    case cancelled
    /// Nothing listens at the address, or no route leads there.
    case unreachable(errno: Int32)
    /// A name has no address.
    case unresolved(host: String)
    /// The TLS handshake or a record failed, with OpenSSL's reason.
    case tls(String)
    /// A pool or a table of ours is full.
    case exhausted
    /// Any other refusal of the kernel.
    case system(call: String, errno: Int32)
}

extension IOError {
    /// Why a connection could not be made, in words that can stand inside a sentence.
    package static func reason(_ number: Int32) -> String {
        switch number {
        case ECONNREFUSED: "connection refused"
        case ENETUNREACH: "network unreachable"
        case EHOSTUNREACH: "no route to the host"
        case ETIMEDOUT: "timed out"
        case _: "error \(number)"
        }
    }
}
