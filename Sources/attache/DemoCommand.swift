/// `attache demo`: sandbox and proxy together, one request before and after.
enum DemoCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        .failure
    }
}
