/// Where a configuration comes from: files and environment, given as functions.
package struct ConfigSource: Sendable {
    /// A file that was read.
    package struct File: Sendable {
        package var bytes: [UInt8]
        /// The permission bits.
        package var mode: UInt32

        package init(bytes: [UInt8], mode: UInt32 = 0o600) {
            self.bytes = bytes
            self.mode = mode
        }

        /// Whether anybody on the machine may change it.
        var othersMayWrite: Bool { mode & 0o002 != 0 }
        /// Whether anybody on the machine may read it.
        var othersMayRead: Bool { mode & 0o004 != 0 }
    }

    /// What a file is read for.
    package enum Purpose: Sendable {
        /// A configuration, which may come out of a pipe.
        case configuration
        /// The value of a reference, which must be a plain file.
        case secret
    }

    /// Why a file cannot be read.
    package enum Failure: Error, Sendable, Equatable {
        case notFound
        case notAllowed
        case notAFile
        case tooLarge(limit: Int)
        /// Another error of the system, by its number.
        case system(Int32)
    }

    /// Reads a file of at most so many bytes.
    package var read: @Sendable (String, Purpose, Int) -> Result<File, Failure>
    /// The existing paths that a pattern with `*`, `?` and `[…]` means.
    package var matches: @Sendable (String) -> [String]
    /// One path for each file, however it is named.
    package var canonical: @Sendable (String) -> String
    /// The value of an environment variable.
    package var environment: @Sendable (String) -> String?
    /// The folder that a relative path of the main file starts from.
    package var workingDirectory: String

    package init(
        workingDirectory: String,
        read: @escaping @Sendable (String, Purpose, Int) -> Result<File, Failure>,
        matches: @escaping @Sendable (String) -> [String],
        canonical: @escaping @Sendable (String) -> String = { $0 },
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.workingDirectory = workingDirectory
        self.read = read
        self.matches = matches
        self.canonical = canonical
        self.environment = environment
    }
}

extension ConfigSource.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFound: "there is no such file"
        case .notAllowed: "the file may not be read"
        case .notAFile: "that is not a plain file"
        case .tooLarge(let limit): "the file is larger than \(limit) bytes"
        case .system(let number): "the file cannot be read (error \(number))"
        }
    }
}

extension ConfigSource {
    /// Files that are held in memory, by absolute path; no patterns but whole names.
    package static func memory(
        _ files: [String: String],
        modes: [String: UInt32] = [:],
        environment: [String: String] = [:],
        workingDirectory: String = "/etc/attache"
    ) -> ConfigSource {
        ConfigSource(
            workingDirectory: workingDirectory,
            read: { path, _, limit in
                guard let text = files[path] else { return .failure(.notFound) }
                let bytes = Array(text.utf8)
                guard bytes.count <= limit else { return .failure(.tooLarge(limit: limit)) }
                return .success(File(bytes: bytes, mode: modes[path] ?? 0o600))
            },
            matches: { pattern in
                files.keys.filter { FilePattern.matches($0, pattern) }
            },
            environment: { environment[$0] }
        )
    }
}

/// Compares paths with patterns as `glob` does: a star never crosses a slash.
enum FilePattern {
    /// Whether a path is meant; of the special characters only `*` and `?` are known.
    static func matches(_ path: String, _ pattern: String) -> Bool {
        let paths = path.split(separator: "/", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return paths.count == patterns.count
            && zip(paths, patterns).allSatisfy { segment(Array($0), Array($1)) }
    }

    private static func segment(_ name: [Character], _ pattern: [Character]) -> Bool {
        var at = 0
        var here = 0
        var star: (pattern: Int, name: Int)?
        if name.first == ".", pattern.first != "." { return false }
        while here < name.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, here)
                at += 1
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == name[here] {
                at += 1
                here += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.pattern + 1
                here = last.name + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
