import Glibc

/// A program that a test runs.
///
/// What it prints goes to files, so that it never waits for a reader and can be read after its
/// death. It is killed and reaped at the latest when it is released.
package final class ChildProcess {
    /// How a program ended.
    package enum Exit: Equatable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    package let id: Int32
    /// The program and its arguments, for messages.
    package let command: String
    private let folder: TemporaryFolder
    private var exit: Exit?

    /// Starts `program`, looked for in PATH and the `sbin` folders unless it holds a slash, with
    /// this process's environment and `environment` over it, in `workingFolder`.
    ///
    /// - Throws: `TestFailure` when the program is not there or cannot be started.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        workingFolder: String? = nil
    ) throws {
        guard let path = Program.path(of: program) else {
            throw TestFailure("\(program) is not installed")
        }
        folder = try TemporaryFolder()
        command = ([program] + arguments).joined(separator: " ")
        // `env` changes the folder and becomes the program.
        let mover = workingFolder.map { ["/usr/bin/env", "-C", $0, path] }
        id = try Spawn.start(
            mover?[0] ?? path,
            arguments: (mover ?? [program]) + arguments,
            environment: Spawn.environment(with: environment),
            output: folder.path + "/out",
            errors: folder.path + "/err",
            group: Orphanage.group()
        )
    }

    deinit {
        kill()
    }

    /// All that it has written to standard output so far.
    package var standardOutput: String {
        folder.read("out") ?? ""
    }

    /// All that it has written to standard error so far.
    package var standardError: String {
        folder.read("err") ?? ""
    }

    /// Both outputs under the command, for the message of a failure.
    package var transcript: String {
        "$ \(command)\n\(standardOutput)\n\(standardError)"
    }

    package var isRunning: Bool {
        reap(WNOHANG) == nil
    }

    /// Sends a signal, unless it has ended.
    package func send(_ signal: Int32) {
        guard isRunning else { return }
        _ = Glibc.kill(id, signal)
    }

    /// Ends it with SIGKILL and reaps it; does nothing when it has ended.
    package func kill() {
        guard isRunning else { return }
        _ = Glibc.kill(id, SIGKILL)
        _ = reap(0)
    }

    /// Waits for its end.
    ///
    /// - Throws: `TestFailure` with all that it printed when it still runs after `seconds`.
    @discardableResult
    package func wait(seconds: Double = 30) throws -> Exit {
        try Wait.until("the end of \(command)", seconds: seconds, explain: { self.transcript }) {
            reap(WNOHANG) != nil
        }
        return exit ?? .code(0)
    }

    /// A line of `/proc/PID/status` that holds kibibytes (`VmHWM`, `VmRSS`), in bytes.
    package func memory(_ name: String) throws -> Int {
        let status = Files.read("/proc/\(id)/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        let digits = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        guard let kibibytes = digits.flatMap({ Int($0) }) else {
            throw TestFailure("\(command) has no \(name)\n\(transcript)")
        }
        return kibibytes * 1024
    }

    /// Collects the exit status if there is one (`WNOHANG`), or when there is one (0).
    private func reap(_ options: Int32) -> Exit? {
        if let exit { return exit }
        var status: Int32 = 0
        var result: pid_t = 0
        repeat {
            result = unsafe waitpid(id, &status, options)
        } while result < 0 && errno == EINTR
        guard result == id else { return nil }
        let signal = status & 0x7f
        exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        return exit
    }
}

extension ChildProcess {
    /// Runs a program to its end and returns its standard output.
    ///
    /// - Throws: `TestFailure` with all that it printed when it fails or takes longer than
    ///   `seconds`.
    @discardableResult
    package static func run(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        workingFolder: String? = nil,
        seconds: Double = 60
    ) throws -> String {
        let child = try ChildProcess(
            program,
            arguments,
            environment: environment,
            workingFolder: workingFolder
        )
        guard try child.wait(seconds: seconds) == .code(0) else {
            throw TestFailure(child.transcript)
        }
        return child.standardOutput
    }
}
