package import IO

/// What may be done with an address that a name resolved to.
package enum AddressVerdict: Sendable {
    case admitted
    case refused
    /// It is one of our own listeners.
    case own
}

/// Judges each resolved address of an upstream before it is dialled.
package typealias AddressPolicy = @Sendable (SocketAddress, UpstreamAddress) -> AddressVerdict
