package import JSON
package import Time
internal import IO
internal import Synchronization

/// Runs functions of connectors that are written in JavaScript, a process for each call.
///
/// A function gets one object and gives one value. It has no environment, it may read its
/// connector's folder and nothing else where `node` can see to that (from version 20), and it can
/// start no program. It has no network: `fetch` asks us. What it prints goes nowhere: it may hold
/// secrets.
package final class Node: Sendable {
    /// The oldest version that runs hooks.
    package static let versionMin = 18
    /// The most bytes that a function may give.
    package static let resultBytesMax = 256 * 1024
    /// How large the heap of one call may grow, in MiB.
    private static let heapMax = 128
    /// How much memory one call may have in all, in bytes: buffers lie beyond the heap.
    private static let memoryMax = 768 << 20
    /// How long `node --version` may take.
    private static let versionPatience: Duration = .seconds(10)

    /// A version of node, as far as it matters.
    package struct Version: Sendable, Equatable {
        package let major: Int
        package let minor: Int
    }

    /// Why a function gave nothing.
    package enum Failure: Error, Equatable, Sendable {
        /// There is no node on PATH, or one that is too old.
        case noNode(String)
        case timedOut
        case tooLarge
        /// It ended without a result: it called `exit`, ran out of memory or was killed.
        case ended
        /// What it threw. It may hold secrets.
        case threw(String)
    }

    private let program: String
    private let version = Mutex<Version?>(nil)

    /// Uses the program of that name or path.
    package init(program: String = "node") {
        self.program = program
    }

    /// The version that is there; blocks.
    ///
    /// - Throws: `noNode`.
    package func find() throws(Failure) -> Version {
        if let known = version.withLock({ $0 }) { return known }
        // A version goes to standard output, and results to descriptor 3.
        let script = "require('fs').writeSync(3, process.version + '\\n')"
        let subprocess = Subprocess(
            program,
            arguments: ["-e", script],
            outputMax: 100,
            memoryMax: Self.memoryMax
        )
        let written: [UInt8]
        do throws(Subprocess.Failure) {
            written = try subprocess.run(input: [], until: Instant.now + Self.versionPatience).get()
        } catch {
            throw .noNode("'\(program)' cannot be run")
        }
        let text = String(decoding: written, as: UTF8.self)
        let parts = text.dropFirst().split(separator: ".").map { Int($0) }
        guard text.hasPrefix("v"), parts.count >= 2, let major = parts[0], let minor = parts[1]
        else { throw .noNode("'\(program)' does not say its version") }
        guard major >= Self.versionMin else {
            throw .noNode("'\(program)' is \(text); \(Self.versionMin) or later is needed")
        }
        let found = Version(major: major, minor: minor)
        version.withLock { $0 = found }
        return found
    }

    /// Calls a function; blocks until it has given its value.
    ///
    /// - Parameters:
    ///   - function: its name, for files that export several.
    ///   - file: where it is written.
    ///   - directory: the connector's folder.
    ///   - argument: the object that it gets.
    ///   - deadline: when it is ended.
    ///   - fetch: makes a request of its `fetch`, and blocks for that: an object with `url`,
    ///     `method`, `headers` (pairs) and `body` (base 64). The answer has `status`, `headers` and
    ///     `body`, or an `error`.
    /// - Returns: its value; `nil` for undefined, and null for what JSON has no word for.
    /// - Throws: why there is none.
    package func call(
        _ function: String,
        in file: String,
        of directory: String,
        with argument: JSONValue,
        until deadline: Instant,
        fetching fetch: (JSONValue) -> JSONValue
    ) throws(Failure) -> JSONValue? {
        let version = try find()
        let input = JSONValue.object([
            .init("file", .string(file)), .init("function", .string(function)),
            .init("argument", argument), .init("bytesMax", .number(Self.resultBytesMax)),
        ])
        let subprocess = Subprocess(
            program,
            arguments: Self.flags(version, directory) + ["-e", Self.network + Self.script],
            outputMax: Self.resultBytesMax + 1024,
            memoryMax: Self.memoryMax
        )
        let ran = subprocess.run(input: Array(input.text.utf8), until: deadline) { line in
            JSONValue(json: line)?["fetch"].map { Array(fetch($0).text.utf8) }
        }
        let written: [UInt8]
        switch ran {
        case .success(let bytes): written = bytes
        case .failure(.timedOut): throw .timedOut
        case .failure(.tooLarge): throw .tooLarge
        case .failure(.ended): throw .ended
        case .failure(.notStarted): throw .noNode("'\(program)' cannot be run")
        }
        guard let result = JSONValue(json: written) else { throw .ended }
        if let error = result["error"] {
            if error == "too large" { throw .tooLarge }
            throw .threw(result["message"]?.string ?? "")
        }
        return result["value"]
    }

    private static func flags(_ version: Version, _ directory: String) -> [String] {
        var flags = [
            "--max-old-space-size=\(heapMax)", "--disable-proto=throw",
            "--experimental-vm-modules", "--no-warnings", "--no-deprecation",
        ]
        if version.major >= 20 {
            let isSettled =
                version.major >= 24 || (version.major == 23 && version.minor >= 5)
                || (version.major == 22 && version.minor >= 13)
            flags.append(isSettled ? "--permission" : "--experimental-permission")
            flags.append("--allow-fs-read=\(directory)/*")
        }
        return flags
    }
}
