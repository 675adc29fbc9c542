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
}
