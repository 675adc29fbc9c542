/// `attache check`: says all that is wrong with a configuration.
enum CheckCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let path = try arguments.option("-c", "--config")
        try arguments.finish()
        return ConfigurationFile.inspected(path) == nil ? .configuration : .success
    }
}
