package import Crypto

/// Something outside of the configuration that must be right for it to work, and where the
/// configuration asks for it.
package struct Requirement: Sendable {
    /// What must be right.
    package enum Subject: Sendable {
        /// Lines can be appended to the file.
        case log(File)
        /// The vault can be opened or made, with its key; the place of what names the key.
        case vault(FileVaultConfiguration, File, key: SourcePosition)
        /// What a listener shows can be loaded, and the key fits the certificate.
        case listenerTLS(ServerTLSConfiguration)
        /// What a connection trusts and shows can be loaded, and the key fits the certificate.
        case clientTLS(ClientTLSConfiguration)
        /// The key can be read and is fit for the algorithm.
        case signingKey(PEM, SigningAlgorithm)
        /// There is a `node` to run a connector's JavaScript.
        case node
    }

    /// A file that the configuration names.
    package struct File: Sendable {
        /// The directive or the option.
        package let name: String
        package let path: String
        /// What to call the file where people read it: a path that a reference gave is not shown.
        package let shown: String
        package let position: SourcePosition
    }

    package let subject: Subject
    package let position: SourcePosition
    /// What must be readable before the subject is worth a look.
    package let files: [File]

    init(_ subject: Subject, at position: SourcePosition, reading files: [File] = []) {
        self.subject = subject
        self.position = position
        self.files = files
    }
}
