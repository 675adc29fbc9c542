package import Config
internal import Crypto
package import IO

/// TLS settings of a listener as a context that shows the right certificate for each name.
enum ServerTLS {
    /// A context of this loop's own; nil for a listener without TLS.
    static func context(_ blocks: [ServerTLSConfiguration]) throws(IOError) -> TLSContext? {
        guard let first = blocks.first else { return nil }
        let main = try context(first)
        for block in blocks.dropFirst() {
            main.answer(block.serverNames, with: try context(block))
        }
        return main
    }

    private static func context(_ block: ServerTLSConfiguration) throws(IOError) -> TLSContext {
        try TLSContext.server(
            TLSIdentity(certificate: block.certificate.source, key: block.key.source),
            minimumVersion13: block.minimumVersion == .v13
        )
    }
}

extension PEM {
    /// Where OpenSSL finds it.
    fileprivate var source: PEMSource {
        switch self {
        case .path(let path): .file(path)
        case .pem(let secret): .text(secret.reveal())
        }
    }
}

/// TLS settings towards an upstream.
enum UpstreamTLS {
    /// A context of this loop's own.
    static func context(_ settings: ClientTLSConfiguration) throws(IOError) -> TLSContext {
        var identity: TLSIdentity?
        if let certificate = settings.certificate, let key = settings.key {
            identity = TLSIdentity(certificate: certificate.source, key: key.source)
        }
        return try TLSContext.client(authorities: settings.ca.map { .file($0) }, identity: identity)
    }
}

extension Worker {
    /// Tries whether a listener's certificates can be loaded and their keys fit.
    ///
    /// - Throws: `IOError.tls` with the reason.
    package static func checkTLS(_ listener: ListenerConfiguration) throws(IOError) {
        _ = try ServerTLS.context(listener.tls)
    }

    /// Tries whether a connection's authorities and certificate can be loaded.
    ///
    /// - Throws: `IOError.tls` with the reason.
    package static func checkTLS(_ settings: ClientTLSConfiguration) throws(IOError) {
        guard settings.ca != nil || settings.certificate != nil else { return }
        _ = try UpstreamTLS.context(settings)
    }
}
