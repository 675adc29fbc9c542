internal import Config
internal import Crypto
internal import IO

/// Whom a call trusts, and what it shows: what tells one TLS context from another.
struct OutboundTLS: Hashable, Sendable {
    /// Whom to trust; `nil`: the system's authorities.
    let authorities: PEMSource?
    /// Whether the system's authorities count besides.
    let besidesSystem: Bool
    let identity: TLSIdentity?
    /// The name that the certificate must carry; `nil`: the URI's host.
    let serverName: String?

    /// Towards a connection's provider.
    ///
    /// The authorities of `api_client { tls ca=… }` count here too, besides the system's: an
    /// identity provider of one's own mostly stands behind the same authority as the API, and one
    /// of the world does not. Its client certificate and server name are the API's alone; the one
    /// of `client_auth tls` is shown where the client proves itself (RFC 8705 section 2).
    init(provider connection: ConnectionConfiguration, proving: Bool) {
        authorities = connection.api.tls.ca.map { .file($0) }
        besidesSystem = true
        serverName = nil
        guard proving, case .tls(let certificate, let key) = connection.clientAuthentication else {
            identity = nil
            return
        }
        identity = TLSIdentity(certificate: certificate.source, key: key.source)
    }

    /// Towards a connection's API, as requests have it.
    init(api settings: ClientTLSConfiguration) {
        authorities = settings.ca.map { .file($0) }
        besidesSystem = false
        serverName = settings.serverName
        guard let certificate = settings.certificate, let key = settings.key else {
            identity = nil
            return
        }
        identity = TLSIdentity(certificate: certificate.source, key: key.source)
    }

    /// A context of these settings, its files read.
    func context() throws(IOError) -> TLSContext {
        try TLSContext.client(
            authorities: authorities,
            besidesSystem: besidesSystem,
            identity: identity
        )
    }
}

extension PEM {
    /// Where OpenSSL finds it.
    var source: PEMSource {
        switch self {
        case .path(let path): .file(path)
        case .pem(let text): .text(text.reveal())
        }
    }
}
