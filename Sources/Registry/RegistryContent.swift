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
    case making(ConnectionMembers, bringing: ExpectedTokens? = nil)
    /// It is there, and was about to become something else.
    case changing(
        ConnectionMembers,
        next: ConnectionMembers,
        bringing: ExpectedTokens? = nil
    )
    /// It was about to be deleted; what is known of it.
    case deleting(ConnectionMembers)

    /// What holds now; `nil` where nothing does yet, or any more.
    package var members: ConnectionMembers? {
        switch self {
        case .settled(let members), .changing(let members, next: _, bringing: _): members
        case .making, .deleting: nil
        }
    }

    /// What all of its tokens were had with; `nil` where nobody knows.
    package var known: ConnectionMembers? {
        switch self {
        case .settled(let members), .making(let members, bringing: _), .deleting(let members):
            members
        case .changing: nil
        }
    }
}

/// Whose tokens a change is to bring: what is stored of the account tells afterwards whether it did.
package struct ExpectedTokens: Sendable, Equatable {
    /// The account; `nil` for the connection's own.
    package let tenant: String?
    /// What was stored of it when the change was staged; 0: nothing.
    package let generation: Int

    /// Notes what is to come.
    package init(tenant: String?, generation: Int) {
        self.tenant = tenant
        self.generation = generation
    }
}
