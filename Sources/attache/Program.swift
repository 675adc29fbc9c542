import Glibc
import IO

/// The process: what must be settled before anything else runs.
enum Program {
    /// Runs the command line and ends the process with its exit code.
    ///
    /// The main thread only waits: Swift's own way of running an asynchronous main function would
    /// park it with every signal unblocked, and the first TERM would end the process unheard.
    static func run() -> Never {
        System.harden()
        let words = Array(CommandLine.arguments.dropFirst())
        if Command.runsUntilSignalled(words) { Signals.block() }
        do throws(IOError) {
            try EventLoop(name: "command").start { exit(await Command.run(words)) }
        } catch {
            System.write("attache: \(Assembly.describe(error))\n", to: 2)
            exit(Command.Exit.failure.rawValue)
        }
        while true { pause() }
    }
}
