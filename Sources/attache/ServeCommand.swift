import Config
import Glibc
import Log
import IO

/// `attache serve`: runs the proxy until a signal ends it.
enum ServeCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let path = try arguments.option("-c", "--config")
        try arguments.finish()
        guard let configuration = ConfigurationFile.inspected(path) else { return .configuration }
        let signals = Signals()
        let assembly: Assembly
        do throws(Assembly.Failure) {
            assembly = try await Assembly(configuration)
        } catch {
            System.write("attache: \(error.message)\n", to: 2)
            return .failure
        }
        await serve(assembly, signals)
        return .success
    }

    /// Serves until TERM or INT, then drains; a second one ends at once.
    static func serve(_ assembly: Assembly, _ signals: Signals) async {
        while true {
            switch signals.next() {
            case SIGUSR1: assembly.reopenLogs()
            case SIGHUP: assembly.log.log(.warn, "reloading is not yet supported; still as before")
            default:
                SecondSignal.watch(signals)
                await assembly.stop()
                return
            }
        }
    }
}

/// Ends the process at once when another TERM or INT comes while it drains.
private enum SecondSignal {
    /// Waits for the signal on a thread of its own; the end of the process ends that too.
    static func watch(_ signals: Signals) {
        let pool = BlockingPool(name: "signals", threadsMax: 1)
        _ = pool.submit {
            while true {
                switch signals.next() {
                case SIGTERM, SIGINT: _exit(Command.Exit.failure.rawValue)
                default: continue
                }
            }
        }
    }
}

/// Finds and loads the configuration that a command works on.
enum ConfigurationFile {
    /// The file of `-c`, else the first of the usual places that exists.
    static func path(_ given: String?) -> String {
        if let given { return given }
        let places = ["./proxy.conf", "/etc/attache/proxy.conf"]
        return places.first(where: System.exists) ?? places[0]
    }

    /// Loads it; problems are printed, and nil is answered, when there are errors.
    static func load(_ given: String?) -> Configuration? {
        do throws(ConfigErrors) {
            let configuration = try Configuration.load(path: path(given), source: .system())
            for warning in configuration.warnings { System.write("\(warning)\n", to: 2) }
            return configuration
        } catch {
            System.write("\(error)\n", to: 2)
            return nil
        }
    }

    /// Loads it, and looks whether all that it requires is there; like `load` otherwise.
    static func inspected(_ given: String?) -> Configuration? {
        guard let configuration = load(given) else { return nil }
        let problems = Inspection.problems(of: configuration)
        for problem in problems { System.write("\(problem)\n", to: 2) }
        return problems.isEmpty ? configuration : nil
    }
}
