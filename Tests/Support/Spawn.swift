import Glibc

/// The one call of `posix_spawn`.
enum Spawn {
    /// This process's environment as it was started with, and `changes` over it.
    static func environment(with changes: [String: String]) -> [String] {
        let inherited = (Files.read("/proc/self/environ") ?? "").split(separator: "\0")
        let kept = inherited.map(String.init).filter { entry in
            let name = entry.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
            return changes[name] == nil
        }
        return kept + changes.map { "\($0)=\($1)" }
    }

    /// Starts the program at `path` with signals as a shell would give them, in process group
    /// `group` (0: one of its own), and `input` or nothing as its standard input.
    static func start(
        _ path: String,
        arguments: [String],
        environment: [String],
        input: Int32? = nil,
        output: String = "/dev/null",
        errors: String = "/dev/null",
        group: Int32
    ) throws -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let writing = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, writing, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, writing, 0o600)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        // A test of this process may ignore SIGPIPE, and an ignored signal stays so in a child.
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, group)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var id: pid_t = 0
        let result = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe posix_spawn(&id, path, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else { throw TestFailure("cannot start \(path): error \(result)") }
        return id
    }

    /// Lends `strings` as the null-terminated array of pointers that the system calls take.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = unsafe strings.map { unsafe strdup($0) }
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(pointers + [nil])
    }
}

/// Sees to it that no child outlives this process, even when a trap ends it.
///
/// Every child is in the process group of a shell that waits for the end of its standard input.
/// The other end of that pipe is held by this process alone, so the kernel closes it with the
/// process, and the shell then kills the group.
enum Orphanage {
    private static let started: Result<Int32, TestFailure> = {
        do throws(TestFailure) {
            return .success(try start())
        } catch {
            return .failure(error)
        }
    }()

    /// The process group that children join.
    static func group() throws -> Int32 {
        try started.get()
    }

    private static func start() throws(TestFailure) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw TestFailure("no pipe: error \(errno)") }
        defer { close(ends[0]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do {
            return try Spawn.start(
                "/bin/sh",
                arguments: ["sh", "-c", "read line; kill -9 0"],
                environment: [],
                input: ends[0],
                group: 0
            )
        } catch {
            throw TestFailure("\(error)")
        }
    }
}
