internal import COpenSSL
internal import Glibc

/// Where a certificate, a key or a list of authorities comes from.
package enum PEMSource: Hashable, Sendable {
    case file(String)
    case text(String)
}

/// A certificate chain and its private key.
package struct TLSIdentity: Hashable, Sendable {
    package let certificate: PEMSource
    package let key: PEMSource

    package init(certificate: PEMSource, key: PEMSource) {
        self.certificate = certificate
        self.key = key
    }
}

/// The settings that connections of one kind share, on one event loop: an `SSL_CTX`.
///
/// TLS 1.2 at least and ALPN `http/1.1`, always; for clients the peer's chain and name are always
/// verified: there is no switch.
@safe
package final class TLSContext {
    let pointer: OpaquePointer
    let bioMethod: OpaquePointer
    /// Sessions to resume, by host and port.
    private var sessions: [String: ResumableSession] = [:]
    private let sessionsMax = 1024
    /// What a server shows for other names, by lower-case host name.
    private var namedContexts: [String: TLSContext] = [:]

    private init(_ method: OpaquePointer?) throws(IOError) {
        guard let context = unsafe SSL_CTX_new(unsafe method),
            let bio = unsafe attache_bio_method_new()
        else {
            throw .tls(TLSFailure.take())
        }
        unsafe pointer = context
        unsafe bioMethod = bio
        unsafe attache_tls_prepare(context)
        unsafe attache_tls_set_min_version(context, TLS1_2_VERSION)
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
        unsafe BIO_meth_free(bioMethod)
    }

    /// A context for connections that we open.
    ///
    /// - Parameters:
    ///   - authorities: whom to trust instead of the system's authorities.
    ///   - besidesSystem: trust the system's authorities too.
    ///   - identity: what we show when the server asks for a client certificate.
    /// - Returns: a context that verifies every server.
    /// - Throws: `IOError.tls` when a file cannot be read or a key does not fit.
    package static func client(
        authorities: PEMSource? = nil,
        besidesSystem: Bool = false,
        identity: TLSIdentity? = nil
    ) throws(IOError) -> TLSContext {
        let context = try unsafe TLSContext(TLS_client_method())
        unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
        if let authorities { try context.trust(authorities) }
        if authorities == nil || besidesSystem {
            guard unsafe SSL_CTX_set_default_verify_paths(context.pointer) == 1 else {
                throw .tls(TLSFailure.take())
            }
        }
        if let identity { try context.use(identity) }
        let protocols: [UInt8] = [8] + Array("http/1.1".utf8)
        unsafe SSL_CTX_set_alpn_protos(context.pointer, protocols, UInt32(protocols.count))
        unsafe attache_tls_keep_sessions(context.pointer, 1)
        unsafe SSL_CTX_sess_set_new_cb(context.pointer, rememberSession)
        return context
    }

    /// A context for connections that others open to us.
    package static func server(
        _ identity: TLSIdentity,
        minimumVersion13: Bool = false
    ) throws(IOError) -> TLSContext {
        let context = try unsafe TLSContext(TLS_server_method())
        if minimumVersion13 {
            unsafe attache_tls_set_min_version(context.pointer, TLS1_3_VERSION)
        }
        try context.use(identity)
        unsafe SSL_CTX_set_alpn_select_cb(context.pointer, selectProtocol, nil)
        unsafe attache_tls_keep_sessions(context.pointer, 0)
        return context
    }

    /// Shows another certificate to clients that ask for one of these names (SNI).
    package func answer(_ names: [String], with context: TLSContext) {
        for name in names { namedContexts[name.lowercased()] = context }
        unsafe attache_tls_on_server_name(
            pointer,
            chooseContext,
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    func context(named name: String) -> TLSContext? {
        if let exact = namedContexts[name] { return exact }
        guard let dot = name.firstIndex(of: ".") else { return nil }
        return namedContexts["*" + name[dot...]]
    }

    func session(for peer: String) -> ResumableSession? { sessions[peer] }

    /// Keeps a session that OpenSSL gave us, in place of an older one of the same peer.
    func keep(_ session: ResumableSession, for peer: String) {
        if sessions.count >= sessionsMax, sessions[peer] == nil { sessions.removeAll() }
        sessions[peer] = session
    }

    // Paths are not said below: where a reference gave one, it may be the content itself.

    private func trust(_ authorities: PEMSource) throws(IOError) {
        switch authorities {
        case .file(let path):
            guard unsafe SSL_CTX_load_verify_file(pointer, path) == 1 else {
                throw .tls("cannot load the authorities: \(TLSFailure.take())")
            }
        case .text(let text):
            let added = unsafe Self.withPEM(text) { bio in
                var count = 0
                while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                    let store = unsafe SSL_CTX_get_cert_store(pointer)
                    if unsafe X509_STORE_add_cert(store, certificate) == 1 { count += 1 }
                    unsafe X509_free(certificate)
                }
                return count
            }
            _ = TLSFailure.take()
            guard added > 0 else { throw .tls("no certificate in the given authorities") }
        }
    }

    private func use(_ identity: TLSIdentity) throws(IOError) {
        switch identity.certificate {
        case .file(let path):
            guard unsafe SSL_CTX_use_certificate_chain_file(pointer, path) == 1 else {
                throw .tls("cannot load the certificate: \(TLSFailure.take())")
            }
        case .text(let text): try useChain(text)
        }
        let loaded: CInt
        switch identity.key {
        case .file(let path):
            loaded = unsafe SSL_CTX_use_PrivateKey_file(pointer, path, SSL_FILETYPE_PEM)
        case .text(let text):
            loaded = unsafe Self.withPEM(text) { bio in
                guard let key = unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil) else { return 0 }
                defer { unsafe EVP_PKEY_free(key) }
                return unsafe SSL_CTX_use_PrivateKey(pointer, key)
            }
        }
        guard loaded == 1 else { throw .tls("cannot load the private key: \(TLSFailure.take())") }
        guard unsafe SSL_CTX_check_private_key(pointer) == 1 else {
            throw .tls("the private key does not fit the certificate: \(TLSFailure.take())")
        }
    }

    private func useChain(_ text: String) throws(IOError) {
        let used = unsafe Self.withPEM(text) { bio in
            var count = 0
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                if count == 0 {
                    guard unsafe SSL_CTX_use_certificate(pointer, certificate) == 1 else {
                        return 0
                    }
                    unsafe X509_free(certificate)
                } else {
                    unsafe SSL_CTX_ctrl(
                        pointer,
                        SSL_CTRL_CHAIN_CERT,
                        0,
                        UnsafeMutableRawPointer(certificate)
                    )
                }
                count += 1
            }
            return count
        }
        guard used > 0 else { throw .tls("no certificate in the given text: \(TLSFailure.take())") }
        _ = TLSFailure.take()
    }

    private static func withPEM<Result>(_ text: String, _ body: (OpaquePointer?) -> Result)
        -> Result
    {
        var text = text
        return text.withUTF8 { bytes in
            let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count))
            defer { unsafe BIO_free(bio) }
            return unsafe body(bio)
        }
    }
}

/// A session that a later handshake may take up; owns OpenSSL's reference.
@safe
final class ResumableSession {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe SSL_SESSION_free(pointer) }
}

/// What OpenSSL says went wrong, in words.
enum TLSFailure {
    /// The newest reason of this thread's error queue, which is emptied.
    static func take() -> String {
        let code = attache_tls_take_error()
        guard code != 0, let text = unsafe ERR_reason_error_string(code) else {
            return "unknown error"
        }
        return unsafe String(cString: text)
    }
}

/// OpenSSL's call when a server gave us a session; answering 1 keeps the reference.
private func rememberSession(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> CInt {
    guard let ssl = unsafe ssl, let session = unsafe session,
        let data = unsafe SSL_get_ex_data(ssl, 0)
    else { return 0 }
    let owner = unsafe Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    guard let peer = owner.peer else { return 0 }
    owner.context.keep(unsafe ResumableSession(session), for: peer)
    return 1
}

/// OpenSSL's call to choose among the protocols that a client offers: `http/1.1` or none.
private func selectProtocol(
    _ ssl: OpaquePointer?,
    _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ outLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ length: UInt32,
    _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let offered = unsafe offered else { return SSL_TLSEXT_ERR_NOACK }
    let list = unsafe UnsafeBufferPointer(start: offered, count: Int(length))
    let wanted = Array("http/1.1".utf8)
    var index = 0
    while index < list.count {
        let size = Int(unsafe list[index])
        guard index + 1 + size <= list.count else { break }
        if size == wanted.count, unsafe list[(index + 1)..<(index + 1 + size)].elementsEqual(wanted)
        {
            unsafe out?.pointee = offered + index + 1
            unsafe outLength?.pointee = UInt8(size)
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + size
    }
    return SSL_TLSEXT_ERR_NOACK
}

/// OpenSSL's call when a client names the server it wants.
private func chooseContext(
    _ ssl: OpaquePointer?,
    _ alert: UnsafeMutablePointer<CInt>?,
    _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let argument = unsafe argument, let ssl = unsafe ssl,
        let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
    else { return SSL_TLSEXT_ERR_NOACK }
    let owner = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
    if let other = owner.context(named: unsafe String(cString: name).lowercased()) {
        unsafe SSL_set_SSL_CTX(ssl, other.pointer)
    }
    return SSL_TLSEXT_ERR_OK
}
