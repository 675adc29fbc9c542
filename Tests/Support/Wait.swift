import Glibc

/// Waiting for something that another process does.
package enum Wait {
    /// Asks `condition` every 5 ms until it holds.
    ///
    /// - Throws: `TestFailure` naming `what`, with what `explain` returns, after `seconds`.
    package static func until(
        _ what: String,
        seconds: Double = 30,
        explain: () -> String = { "" },
        _ condition: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < deadline else {
                throw TestFailure("waited \(seconds) s for \(what)\n\(explain())")
            }
            usleep(5_000)
        }
    }

    /// Waits until `server` accepts connections on `port`.
    ///
    /// - Throws: `TestFailure` with the server's output when it ends first or takes too long.
    package static func until(
        _ server: ChildProcess,
        listensOn port: Int,
        seconds: Double = 30
    ) throws {
        let explain = { server.transcript }
        try until("port \(port) of \(server.command)", seconds: seconds, explain: explain) {
            guard server.isRunning else {
                throw TestFailure("it ended at once: \(server.transcript)")
            }
            return HTTPProbe.accepts(port)
        }
    }
}
