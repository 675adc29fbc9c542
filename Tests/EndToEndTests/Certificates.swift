import Support

/// A private certificate authority and what it has signed, made by the `openssl` command.
struct Certificates {
    /// A server's certificate and what is wrong with it.
    enum Kind: String, CaseIterable {
        case good
        case wrongName
        case expired
        case selfSigned
        /// Signed by another authority of the same name.
        case strangeAuthority
    }

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try makeAuthority("authority")
        try makeAuthority("stranger")
        for kind in Kind.allCases { try make(kind) }
    }

    /// The authority's certificate.
    var authority: String {
        folder.file("authority.pem")
    }

    func certificate(_ kind: Kind) -> String {
        folder.file("\(kind).pem")
    }

    func key(_ kind: Kind) -> String {
        folder.file("\(kind).key")
    }

    private func makeAuthority(_ name: String) throws {
        try openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=an authority for tests"]
                + newKey(name) + ["-out", "\(name).pem"]
        )
    }

    private func make(_ kind: Kind) throws {
        let name = kind == .wrongName ? "elsewhere.example" : "localhost"
        let subject = [
            "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)",
            "-addext", "basicConstraints=critical,CA:FALSE",
        ]
        if kind == .selfSigned {
            let output = ["-days", "2", "-out", "\(kind).pem"]
            return try openssl(["req", "-x509"] + subject + newKey("\(kind)") + output)
        }
        try openssl(["req"] + subject + newKey("\(kind)") + ["-out", "\(kind).csr"])
        let signer = kind == .strangeAuthority ? "stranger" : "authority"
        try openssl([
            "x509", "-req", "-in", "\(kind).csr", "-CA", "\(signer).pem", "-CAkey",
            "\(signer).key", "-copy_extensions", "copy", "-days", kind == .expired ? "-1" : "2",
            "-out", "\(kind).pem",
        ])
    }

    private func newKey(_ name: String) -> [String] {
        [
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "\(name).key",
        ]
    }

    private func openssl(_ arguments: [String]) throws {
        let program = try Requirement.openssl.installed()
        try ChildProcess.run(program, arguments, workingFolder: folder.path)
    }
}
