package import Time
internal import CLinux
internal import Glibc

/// A program that runs once: bytes in, questions back and forth, a result, an end.
package struct Subprocess: Sendable {
    /// Why a program brought nothing.
    package enum Failure: Error, Equatable, Sendable {
        /// It cannot be found or started.
        case notStarted(errno: Int32)
        case timedOut
        /// It wrote a longer line than was wanted.
        case tooLarge
        /// It closed its descriptor 3 without a result.
        case ended
    }

    private let program: String
    private let arguments: [String]
    private let environment: [String]
    private let outputMax: Int
    private let memoryMax: Int

    /// Describes a program that is looked for on our own PATH and gets nothing else of ours.
    ///
    /// - Parameters:
    ///   - program: its name or path.
    ///   - arguments: what follows the name.
    ///   - environment: all of its environment, as `NAME=value`.
    ///   - outputMax: how long a line it may write, in bytes.
    ///   - memoryMax: how many bytes of memory of its own it may have.
    package init(
        _ program: String,
        arguments: [String],
        environment: [String] = [],
        outputMax: Int,
        memoryMax: Int
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.outputMax = outputMax
        self.memoryMax = memoryMax
    }

    /// Runs the program, and blocks until it has written its result or the deadline comes.
    ///
    /// `input` is its standard input. Its descriptor 3 is a socket. To each line that it writes
    /// there it may read an answer there; the first line that is given none is the result. Its
    /// standard output and standard error go nowhere. It works in `/`, leaves no core file, and
    /// leads a process group, which is dead when this returns, with all that it started.
    package func run(
        input: [UInt8],
        until deadline: Instant,
        answering answer: ([UInt8]) -> [UInt8]? = { _ in nil }
    ) -> Result<[UInt8], Failure> {
        let feed = Subprocess.raised(attache_memory_file())
        guard feed >= 0 else { return .failure(.notStarted(errno: errno)) }
        defer { close(feed) }
        guard Subprocess.write(input, to: feed) else { return .failure(.notStarted(errno: errno)) }
        let (own, other): (CInt, CInt)
        do throws(IOError) {
            (own, other) = try ByteStream.socketPair()
        } catch {
            return .failure(.notStarted(errno: errno))
        }
        defer { close(own) }
        let theirs = Subprocess.raised(other)
        _ = fcntl(theirs, F_SETFL, 0)  // The program may wait on its end.
        let started = start(feed: feed, talk: theirs)
        close(theirs)
        switch started {
        case .failure(let failure): return .failure(failure)
        case .success(let id):
            defer { Subprocess.end(id) }
            do throws(Failure) {
                return .success(try converse(own, answer, until: deadline))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The same file under a number that none of the program's own descriptors has.
    private static func raised(_ file: CInt) -> CInt {
        guard file >= 0, file < 4 else { return file }
        defer { close(file) }
        return fcntl(file, F_DUPFD_CLOEXEC, 4)
    }

    private static func write(_ bytes: [UInt8], to file: CInt) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    file,
                    buffer.baseAddress?.advanced(by: written),
                    bytes.count - written
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return lseek(file, 0, SEEK_SET) == 0
    }

    private func start(feed: CInt, talk: CInt) -> Result<pid_t, Failure> {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, feed, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, talk, 3)
        unsafe attache_begin_in_root(&actions)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var id: pid_t = 0
        let error = unsafe Subprocess.withCStrings([program] + arguments) { argv in
            unsafe Subprocess.withCStrings(environment) { envp in
                unsafe posix_spawnp(&id, program, &actions, &attributes, argv, envp)
            }
        }
        guard error == 0 else { return .failure(.notStarted(errno: error)) }
        attache_limit(id, UInt64(max(0, memoryMax)))
        return .success(id)
    }

    /// Answers lines up to the one that is the result.
    private func converse(
        _ socket: CInt,
        _ answer: ([UInt8]) -> [UInt8]?,
        until deadline: Instant
    ) throws(Failure) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            guard BlockingWait.wait(for: POLLIN, on: socket, until: deadline) else {
                throw .timedOut
            }
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe attache_receive(socket, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw .ended }
            var rest = chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                output += rest[..<end]
                guard output.count <= outputMax else { throw .tooLarge }
                guard let reply = answer(output) else { return output }
                try send(reply + [UInt8(ascii: "\n")], to: socket, until: deadline)
                output = []
                rest = rest[(end + 1)...]
            }
            output += rest
            guard output.count <= outputMax else { throw .tooLarge }
        }
    }

    private func send(
        _ bytes: [UInt8],
        to socket: CInt,
        until deadline: Instant
    ) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            guard BlockingWait.wait(for: POLLOUT, on: socket, until: deadline) else {
                throw .timedOut
            }
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe attache_send(
                    socket,
                    buffer.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    0
                )
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw .ended }
            sent += count
        }
    }

    /// Ends the program with all of its group, and takes it off the system's list.
    private static func end(_ id: pid_t) {
        kill(-id, SIGKILL)
        var status: CInt = 0
        while unsafe waitpid(id, &status, 0) < 0, errno == EINTR {}
    }

    /// Lends strings as the null-terminated array of pointers that the system calls take.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = unsafe strings.map { unsafe strdup($0) }
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(pointers + [nil])
    }
}
