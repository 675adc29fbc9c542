import Glibc
import Support

/// A blocking client over one TCP connection that sends exact bytes and holds all that it receives
/// against the oracle.
final class RawClient {
    private let socket: Int32
    private var isClosed = false
    /// All that came and has not been read as a message yet.
    private(set) var received: [UInt8] = []
    /// The peer has closed, cleanly or not.
    private(set) var isAtEnd = false
    /// The peer has closed with a reset.
    private(set) var wasReset = false

    /// Connects to 127.0.0.1; each wait lasts at most `timeout` milliseconds.
    init(port: Int, timeout: Int = 10_000, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        if var bytes = receiveBuffer {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(4))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw TestFailure("cannot connect: error \(errno)") }
        var one: Int32 = 1
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(4))
        wait(atMost: timeout)
    }

    deinit { close() }

    /// How long, in milliseconds, later reads and writes wait.
    func wait(atMost timeout: Int) {
        var limit = timeval(tv_sec: timeout / 1000, tv_usec: timeout % 1000 * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        guard try offer(bytes) == bytes.count else { throw TestFailure("cannot send: \(errno)") }
    }

    /// Sends what is taken and answers how many bytes that was; a closed peer takes none.
    @discardableResult
    func offer(_ bytes: [UInt8]) throws -> Int {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes[start...].withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return start }
            start += count
        }
        return start
    }

    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Glibc.close(socket)
    }

    /// Closes with a reset.
    func abort() {
        var now = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, size)
        close()
    }

    /// Reads once; false when nothing came in time.
    func receive() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe recv(socket, &piece, piece.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count > 0 {
                received += piece[..<count]
                return true
            }
            if count == 0 || errno == ECONNRESET {
                wasReset = count != 0
                isAtEnd = true
                return true
            }
            return false
        }
    }

    /// Reads one message; interim answers are messages too.
    func next(to method: String = "GET") throws -> Message {
        while true {
            let direction = Oracle.Direction.response(to: method)
            switch Oracle.read(received[...], direction, isEnded: isAtEnd && !wasReset) {
            case .complete(let message):
                received.removeFirst(message.length)
                return message
            case .violation(let reason): throw TestFailure("violation: \(reason)")
            case .incomplete:
                if isAtEnd {
                    let text = String(decoding: received, as: UTF8.self)
                    throw TestFailure("closed in the middle of: '\(text)'")
                }
                guard try receive() else { throw TestFailure("nothing came in time") }
            }
        }
    }

    /// Reads to the peer's end.
    func readToEnd() throws {
        while !isAtEnd {
            guard try receive() else { throw TestFailure("it was not closed in time") }
        }
    }

    /// Reads until a text has come.
    func read(until mark: String) throws {
        while !String(decoding: received, as: UTF8.self).contains(mark) {
            guard !isAtEnd, try receive() else {
                throw TestFailure("no '\(mark)' in \(String(decoding: received, as: UTF8.self))")
            }
        }
    }
}
