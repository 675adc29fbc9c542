package import Config

/// What a registry holds.
package struct RegistryContent: Sendable {
    /// The connections by name, secrets included.
    package var entries: [String: RegistryEntry] = [:]
    /// What cannot be read, by the connection's name; the rest works.
    package var problems: [String: String] = [:]

    /// Nothing at all.
    package init() {}
}

/// What a registry holds of one connection, secrets included.
package enum RegistryEntry: Sendable, Equatable {
    /// It is there, and nothing is under way.
    case settled(ConnectionMembers)
    /// It was about to be made, and nobody has said that it is.
    case making(ConnectionMembers)
    /// It is there, and was about to become something else.
    case changing(ConnectionMembers, next: ConnectionMembers)
    /// It was about to be deleted; what is known of it.
    case deleting(ConnectionMembers)

    /// What holds now; `nil` where nothing does yet, or any more.
    package var members: ConnectionMembers? {
        switch self {
        case .settled(let members), .changing(let members, next: _): members
        case .making, .deleting: nil
        }
    }
}
