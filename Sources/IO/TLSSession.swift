internal import Time
internal import Bytes
internal import COpenSSL

/// One TLS connection over one descriptor.
@safe
final class TLSSession {
    let context: TLSContext
    /// The peer's host and port for resumption; nil on the server's side.
    let peer: String?
    private let ssl: OpaquePointer
    private let io: UnsafeMutablePointer<attache_tls_io>
    private let descriptor: Descriptor
    /// Decrypted bytes are left inside OpenSSL because our buffer was full.
    private(set) var hasPending = false

    /// Begins the client's side; the peer must prove to be `serverName`.
    init(client context: TLSContext, descriptor: Descriptor, serverName: String, port: Int)
        throws(IOError)
    {
        self.context = context
        self.descriptor = descriptor
        peer = "\(serverName):\(port)"
        (unsafe ssl, unsafe io) = try unsafe Self.make(context, descriptor)
        unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_connect_state(ssl)
        unsafe SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard unsafe SSL_set1_host(ssl, serverName) == 1 else { throw .tls(TLSFailure.take()) }
        if SocketAddress(ip: serverName, port: 0) == nil {
            guard unsafe attache_tls_set_server_name(ssl, serverName) == 1 else {
                throw .tls(TLSFailure.take())
            }
        }
        if let peer, let session = context.session(for: peer) {
            unsafe SSL_set_session(ssl, session.pointer)
        }
    }

    /// Begins the server's side.
    init(server context: TLSContext, descriptor: Descriptor) throws(IOError) {
        self.context = context
        self.descriptor = descriptor
        peer = nil
        (unsafe ssl, unsafe io) = try unsafe Self.make(context, descriptor)
        unsafe SSL_set_accept_state(ssl)
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe io.deallocate()
    }

    private static func make(
        _ context: TLSContext,
        _ descriptor: Descriptor
    ) throws(IOError) -> (OpaquePointer, UnsafeMutablePointer<attache_tls_io>) {
        guard let ssl = unsafe SSL_new(context.pointer) else { throw .tls(TLSFailure.take()) }
        let io = UnsafeMutablePointer<attache_tls_io>.allocate(capacity: 1)
        unsafe io.initialize(
            to: attache_tls_io(fd: descriptor.fd, readable: 1, writable: 1, peer_finished: 0)
        )
        guard unsafe attache_tls_attach(ssl, context.bioMethod, io) == 1 else {
            unsafe SSL_free(ssl)
            unsafe io.deallocate()
            throw .tls(TLSFailure.take())
        }
        return unsafe (ssl, io)
    }

    /// Whether the handshake took up an earlier session.
    var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// Finishes the handshake, chain and name verified.
    ///
    /// - Throws: `IOError.tls` with the reason, `timedOut`, `cancelled`, `closed`.
    func handshake(until deadline: Instant) async throws(IOError) {
        while true {
            let result = unsafe call { unsafe SSL_do_handshake($0) }
            if result == 1 {
                // The peer's first bytes may have come with the end of the handshake.
                hasPending = true
                return
            }
            switch unsafe SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ: try await descriptor.waitReadable(until: deadline).check()
            case SSL_ERROR_WANT_WRITE: try await descriptor.waitWritable(until: deadline).check()
            default: throw handshakeFailure()
            }
        }
    }

    private func handshakeFailure() -> IOError {
        let verdict = unsafe SSL_get_verify_result(ssl)
        if verdict != Int(X509_V_OK), let text = unsafe X509_verify_cert_error_string(verdict) {
            _ = TLSFailure.take()
            return .tls("certificate refused: \(unsafe String(cString: text))")
        }
        let code = attache_tls_take_error()
        guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return .closed }
        return .tls(unsafe String(cString: text))
    }

    /// Why no more can be read: an alert of the peer's, or the connection just ended.
    ///
    /// In TLS 1.3 a server refuses the client's certificate only after the handshake.
    private func brokenRecord() -> IOError {
        let code = attache_tls_take_error()
        guard ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET,
            let text = unsafe ERR_reason_error_string(code)
        else { return .closed }
        return .tls(unsafe String(cString: text))
    }

    /// Decrypts what has arrived into the buffer's free space.
    func read(into buffer: Buffer) throws(IOError) -> ReadOutcome {
        var total = 0
        var ended = false
        var failure: IOError?
        hasPending = false
        while total == 0 || buffer.room > 0 {
            guard buffer.room > 0 else { break }
            let got = unsafe buffer.withWritable { space in
                Int(
                    unsafe call {
                        unsafe SSL_read($0, space.baseAddress, CInt(clamping: space.count))
                    }
                )
            }
            if got > 0 {
                total += got
                continue
            }
            switch unsafe SSL_get_error(ssl, CInt(clamping: got)) {
            case SSL_ERROR_WANT_READ: return total > 0 ? .bytes(total) : .wouldBlock
            case SSL_ERROR_ZERO_RETURN: ended = true
            default: failure = brokenRecord()
            }
            break
        }
        if total > 0 {
            hasPending = true  // Either more is there, or the end: the next read must look.
            return .bytes(total)
        }
        if let failure { throw failure }
        return ended ? .end : .wouldBlock
    }

    /// Encrypts and sends at most the first `count` bytes of the buffer; true when all are sent.
    func write(from buffer: Buffer, count: Int) throws(IOError) -> Bool {
        var left = min(count, buffer.count)
        while left > 0 {
            let put = unsafe call { ssl in
                unsafe SSL_write(ssl, buffer.readable.baseAddress, CInt(clamping: left))
            }
            if put > 0 {
                buffer.consume(Int(put))
                left -= Int(put)
                continue
            }
            switch unsafe SSL_get_error(ssl, put) {
            case SSL_ERROR_WANT_WRITE, SSL_ERROR_WANT_READ: return false
            default:
                _ = attache_tls_take_error()
                throw .closed
            }
        }
        return true
    }

    /// Says goodbye, without waiting for the peer's answer.
    func sendCloseNotify() {
        _ = unsafe call { unsafe SSL_shutdown($0) }
        _ = attache_tls_take_error()
    }

    /// Calls OpenSSL with the descriptor's knowledge lent to the BIO and taken back after.
    private func call(_ body: (OpaquePointer) -> CInt) -> CInt {
        unsafe io.pointee.readable = descriptor.isReadable ? 1 : 0
        unsafe io.pointee.writable = descriptor.isWritable ? 1 : 0
        unsafe io.pointee.peer_finished = descriptor.peerFinished ? 1 : 0
        let result = unsafe body(ssl)
        descriptor.isReadable = unsafe io.pointee.readable != 0
        descriptor.isWritable = unsafe io.pointee.writable != 0
        return result
    }
}
