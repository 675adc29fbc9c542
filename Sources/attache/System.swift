import CLinux
import Glibc

/// What a process asks of the system around it.
enum System {
    /// Sees to it that a crash leaks nothing: no core file, no memory printed, no debugger.
    ///
    /// Swift's own crash report prints memory at every register, where tokens may be.
    static func harden() {
        attache_reset_crash_signals()
        _ = attache_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
    }

    /// Raises the number of descriptors to what the hard limit allows; answers it.
    @discardableResult
    static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// How many processors this process may use.
    static var processorCount: Int { Int(attache_processor_count()) }

    /// Writes text to a standard stream, 1 or 2.
    static func write(_ text: String, to stream: CInt = 1) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(stream, $0.baseAddress, $0.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// The reason of an error number, in the system's words.
    static func reason(_ number: CInt) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }

    /// Whether a file is there.
    static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Why lines cannot be appended to a file, which may yet have to be made; nil when they can.
    static func reasonNotToAppend(to path: String) -> String? {
        let file = unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK)
        if file >= 0 {
            close(file)
            return nil
        }
        guard errno == ENOENT else {
            // A pipe that nobody reads yet can be waited for.
            return errno == ENXIO ? nil : reason(errno)
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return unsafe access(folder, W_OK | X_OK) == 0 ? nil : reason(errno)
    }

    /// A variable of the environment; nil when it is unset or empty.
    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// All of a file; nil when it cannot be read or has more bytes.
    static func read(_ path: String, most: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return read(file, most: most)
    }

    /// All of standard input; nil when it cannot be read or has more bytes.
    static func readInput(most: Int) -> [UInt8]? { read(0, most: most) }

    private static func read(_ file: CInt, most: Int) -> [UInt8]? {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(file, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return all }
            all += piece[..<count]
            guard all.count <= most else { return nil }
        }
    }
}
