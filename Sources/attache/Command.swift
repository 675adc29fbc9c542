/// The subcommands, and how a command line finds its own.
enum Command: String, CaseIterable {
    case serve, check, explain, demo, sandbox, connections, providers, version, help

    /// What a command ends the process with.
    enum Exit: Int32 {
        case success = 0
        case failure = 1
        case usage = 2
        /// sysexits' EX_CONFIG: the configuration is wrong, so that a restart is of no use.
        case configuration = 78
    }

    /// Whether a command line starts something that a signal ends in good order.
    static func runsUntilSignalled(_ words: [String]) -> Bool {
        switch words.first.flatMap(named) {
        case .serve, .demo, .sandbox: true
        case .check, .explain, .connections, .providers, .version, .help, nil: false
        }
    }

    /// Runs a command line without the program's name; answers the exit code.
    static func run(_ words: [String]) async -> Int32 {
        var words = words
        guard let first = words.first else {
            System.write(Help.overview, to: 2)
            return Exit.usage.rawValue
        }
        words.removeFirst()
        if ["--help", "-h"].contains(first) {
            System.write(Help.overview)
            return Exit.success.rawValue
        }
        guard let command = named(first) else {
            System.write("attache: unknown command '\(first)'; see 'attache help'\n", to: 2)
            return Exit.usage.rawValue
        }
        var arguments = Arguments(words)
        if arguments.flag("--help", "-h") {
            System.write(Help.text(of: command))
            return Exit.success.rawValue
        }
        do throws(Arguments.Fault) {
            return try await command.run(&arguments).rawValue
        } catch {
            System.write("attache \(command.rawValue): \(error.message)\n", to: 2)
            return Exit.usage.rawValue
        }
    }

    private static func named(_ word: String) -> Command? {
        switch word {
        case "--version", "-V": .version
        default: Command(rawValue: word)
        }
    }

    private func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Exit {
        switch self {
        case .serve: return try await ServeCommand.run(&arguments)
        case .check: return try await CheckCommand.run(&arguments)
        case .explain: return try await ExplainCommand.run(&arguments)
        case .demo: return try await DemoCommand.run(&arguments)
        case .sandbox: return try await SandboxCommand.run(&arguments)
        case .connections: return try await ConnectionsCommand.run(&arguments)
        case .providers: return try ProvidersCommand.run(&arguments)
        case .version:
            try arguments.finish()
            System.write("attache \(Version.number)\n")
            return .success
        case .help:
            let word = arguments.word()
            try arguments.finish()
            guard let word else {
                System.write(Help.overview)
                return .success
            }
            guard let command = Command(rawValue: word) else {
                throw Arguments.Fault(message: "unknown command '\(word)'")
            }
            System.write(Help.text(of: command))
            return .success
        }
    }
}

/// The release.
enum Version {
    static let number = "0.1.0"
}
