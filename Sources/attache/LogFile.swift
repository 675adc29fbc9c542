import Glibc
import IO
import Synchronization

/// A file, or a standard stream, that whole lines are appended to, off the event loops.
///
/// A reader that stops reading must not stop the proxy: what does not fit into the queue is dropped
/// and counted.
final class LogFile: Sendable {
    private let path: String?
    private let descriptor: Mutex<CInt>
    private let pool: BlockingPool
    private let dropped = Atomic<Int>(0)

    /// Writes to a standard stream, 1 or 2.
    init(standardStream: CInt) {
        path = nil
        descriptor = Mutex(standardStream)
        pool = BlockingPool(name: "log", threadsMax: 1, queueMax: 10_000)
    }

    /// Opens a file for appending, made with mode 0640.
    init(path: String) throws(IOError) {
        self.path = path
        descriptor = Mutex(try Self.open(path))
        pool = BlockingPool(name: "log", threadsMax: 1, queueMax: 10_000)
    }

    /// Hands a batch of whole lines to the writing thread; drops it when that is far behind.
    func write(_ lines: [UInt8]) {
        let taken = pool.submit { [self] in append(lines) }
        if !taken { dropped.add(1, ordering: .relaxed) }
    }

    /// Opens the file anew, after somebody moved the old one away.
    func reopen() throws(IOError) {
        guard let path else { return }
        let fresh = try Self.open(path)
        let old = descriptor.withLock { current in
            let old = current
            current = fresh
            return old
        }
        close(old)
    }

    /// Waits until everything handed over so far is written.
    func flush() async {
        try? await pool.run {}
    }

    private func append(_ lines: [UInt8]) {
        descriptor.withLock { fd in
            var left = lines[...]
            while !left.isEmpty {
                let written = unsafe left.withUnsafeBytes { bytes in
                    unsafe Glibc.write(fd, bytes.baseAddress, bytes.count)
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                left = left.dropFirst(written)
            }
        }
    }

    private static func open(_ path: String) throws(IOError) -> CInt {
        let fd = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard fd >= 0 else { throw .system(call: "open", errno: errno) }
        return fd
    }
}
