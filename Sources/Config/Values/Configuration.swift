/// A whole configuration: what `proxy.conf` and the files it includes say, checked, with every
/// default filled in.
///
/// A value of this type has no dangling name: each route's connection and listeners exist. Paths
/// are absolute (as far as the path of the main file was); durations are `Duration`; sizes are
/// bytes; secrets are `Secret`.
package struct Configuration: Sendable {
    /// The main file, as it was named.
    package var path: String
    /// How many event loops to run; `nil` means as many as there are cores.
    package var threads: Int?
    package var shutdown = ShutdownConfiguration()
    package var log = LogConfiguration()
    package var accessLog = AccessLogConfiguration()
    /// Where clients connect, in the order of the file.
    package var listeners: [ListenerConfiguration] = []
    /// Who may call, where a listener or a route asks.
    package var callers: [CallerConfiguration] = []
    package var connections: [ConnectionConfiguration] = []
    package var routes: [RouteConfiguration] = []
    package var vault: VaultConfiguration
    /// The rules that hold for connections which say nothing of their own.
    package var tokens = TokenPolicy()
    /// `nil`: there is no admin listener.
    package var admin: AdminConfiguration?
    /// What must be right outside of the files for all this to work.
    package var requirements: [Requirement] = []
    /// What is legal and probably not meant, in the order of the files.
    package var warnings: [Diagnostic] = []

    /// A configuration with nothing but defaults, whose vault lies in the main file's folder.
    package init(path: String, vault: VaultConfiguration) {
        self.path = path
        self.vault = vault
    }

    /// The connection of that name.
    package func connection(named name: String) -> ConnectionConfiguration? {
        connections.first { $0.name == name }
    }
}

/// How the program stops (`shutdown`).
package struct ShutdownConfiguration: Sendable, Equatable {
    /// How long readiness already fails while requests are still taken.
    package var delay: Duration = .zero
    /// How long requests in flight may take to end.
    package var grace: Duration = .seconds(30)

    package init() {}
}

/// Where the program's own messages go (`log`).
package struct LogConfiguration: Sendable, Equatable {
    /// Where messages are written.
    package enum Destination: Sendable, Equatable {
        case standardError
        case file(String)
    }

    /// How much is said, from most to least.
    package enum Level: String, Sendable, CaseIterable {
        case debug, info, warn, error
    }

    /// How one message looks.
    package enum Format: String, Sendable, CaseIterable {
        case text, json
    }

    package var destination = Destination.standardError
    package var level = Level.info
    package var format = Format.text

    package init() {}
}

/// Where the line for each request goes (`access_log`).
package struct AccessLogConfiguration: Sendable, Equatable {
    /// Where lines are written.
    package enum Destination: Sendable, Equatable {
        case standardOutput
        case file(String)
        case off
    }

    /// How one line looks.
    package enum Format: String, Sendable, CaseIterable {
        case json, combined
    }

    package var destination = Destination.standardOutput
    package var format = Format.json

    package init() {}
}
