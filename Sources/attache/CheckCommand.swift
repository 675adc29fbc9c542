import Config
import Connectors
import Hooks
import IO
import Proxy
import Tokens

/// `attache check`: says all that is wrong with a configuration.
enum CheckCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let path = try arguments.option("-c", "--config")
        try arguments.finish()
        guard let configuration = ConfigurationFile.load(path) else { return .configuration }
        let problems =
            tlsProblems(configuration) + vaultProblems(configuration) + nodeProblems(configuration)
        for problem in problems {
            System.write("\(ConfigurationFile.path(path)): error: \(problem)\n", to: 2)
        }
        return problems.isEmpty ? .success : .configuration
    }

    /// Connectors with JavaScript where there is no node to run it.
    private static func nodeProblems(_ configuration: Configuration) -> [String] {
        let names = configuration.connections.filter {
            $0.connector?.definition.hasJavaScript ?? false
        }.map(\.name)
        guard !names.isEmpty else { return [] }
        do throws(Node.Failure) {
            _ = try Node().find()
            return []
        } catch {
            guard case .noNode(let reason) = error else { return [] }
            return names.map { "connection \($0): its connector has JavaScript, but \(reason)" }
        }
    }

    /// Certificates and authorities that cannot be loaded, keys that do not fit.
    private static func tlsProblems(_ configuration: Configuration) -> [String] {
        var problems: [String] = []
        for listener in configuration.listeners {
            do throws(IOError) {
                try Worker.checkTLS(listener)
            } catch {
                problems.append("listener \(listener.name): \(Assembly.describe(error))")
            }
        }
        for connection in configuration.connections {
            do throws(IOError) {
                try Worker.checkTLS(connection.apiTLS)
            } catch {
                problems.append("connection \(connection.name): \(Assembly.describe(error))")
            }
            problems += CallFiles.problems(of: connection).map {
                "connection \(connection.name): \($0)"
            }
        }
        return problems
    }

    /// Whether the key opens the vault; one that does not exist yet is no problem, and is not made.
    private static func vaultProblems(_ configuration: Configuration) -> [String] {
        guard case .file(let settings) = configuration.vault, System.exists(settings.path) else {
            return []
        }
        do throws(Assembly.Failure) {
            _ = try VaultAssembly.open(configuration)
            return []
        } catch {
            return [error.message]
        }
    }
}
