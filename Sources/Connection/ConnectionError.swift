package import HTTP
package import IO

/// What can go wrong while a message is read or written.
package enum ConnectionError: Error, Equatable, Sendable {
    case io(IOError)
    /// The peer broke a rule of HTTP.
    case malformed(HTTPError)
    /// The peer finished in the middle of a message.
    case incomplete
    /// The peer sent what was not asked for.
    case unexpected
    /// Too many wait for an upstream connection already.
    case queueFull
    /// No upstream connection came free in time.
    case queueTimedOut
    /// The host's address is not one that this connection may reach.
    case addressRefused(host: String)
    /// The host's address is one of our own listeners.
    case ownListener
}
