import Credentials
import Crypto

/// The name of the file that holds one record: a credential, or a connection's secrets.
///
/// `crm.sealed` for a connection, `crm+3fb1….sealed` for a tenant of it, `crm@09af….sealed` for a
/// revision of its secrets: `+`, `%` and `@` are in no connection's name, so no two records share a
/// file; the tenant, who may be called anything, is only there as a hash. Nothing in a name can lead
/// out of the folder.
struct RecordName: Hashable, Sendable {
    /// What the names of records end in.
    static let suffix = ".sealed"

    /// The name of the record that says which key opens the vault; no credential has it.
    static let keyCheck = RecordName(trusted: "key-check")

    /// The name of the file that is written to see whether the vault can be written to.
    static let probe = RecordName(trusted: "probe")

    private static let longestReadable = 100
    private static let hashDigits = 32

    /// The file's name in the vault's folder.
    let file: String

    /// The name for a credential.
    init(_ id: CredentialID) {
        var name = id.connection
        if !RecordName.isReadable(name) {
            name = "%" + RecordName.hash("connection", name)
        }
        if let tenant = id.tenant {
            name += "+" + RecordName.hash("tenant", tenant)
        }
        file = name + RecordName.suffix
    }

    /// The name for a connection's secrets.
    init(_ id: SecretsID) {
        file = id.description + RecordName.suffix
    }

    /// The name of a record that was found in a vault's folder; nil if it is another kind of file.
    init?(found file: String) {
        guard file.hasSuffix(RecordName.suffix), file.count > RecordName.suffix.count else {
            return nil
        }
        self.file = file
    }

    /// The same, and the names of the files that are written but hold no credential.
    init?(written file: String) {
        switch file {
        case RecordName.keyCheck.file: self = RecordName.keyCheck
        case RecordName.probe.file: self = RecordName.probe
        default: self.init(found: file)
        }
    }

    private init(trusted file: String) { self.file = file }

    /// The credential, where the name alone tells.
    var credential: CredentialID? {
        let name = String(file.dropLast(RecordName.suffix.count))
        guard file.hasSuffix(RecordName.suffix), RecordName.isReadable(name) else { return nil }
        return CredentialID(connection: name)
    }

    /// Whose secrets the record holds; nil for a credential.
    var secrets: SecretsID? {
        guard file.hasSuffix(RecordName.suffix) else { return nil }
        return SecretsID(String(file.dropLast(RecordName.suffix.count)))
    }

    /// The byte of the lock file that a process holds while it refreshes the credential.
    var flightByte: Int64 { Int64(bitPattern: hash) }

    /// The byte of the lock file that a process holds while it changes the record.
    var writeByte: Int64 { Int64(bitPattern: hash | 1 << 62) }

    /// 62 bits that hardly ever two records share; if they do, they wait for each other.
    private var hash: UInt64 {
        SHA256.digest(file).prefix(8).reduce(0) { $0 << 8 | UInt64($1) } & (1 << 62 - 1)
    }

    /// Whether a connection's name can stand in a file's name as it is.
    private static func isReadable(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= longestReadable else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default:
                false
            }
        }
    }

    private static func hash(_ kind: String, _ text: String) -> String {
        String(Hex.encode(SHA256.digest("attache \(kind)\u{0}\(text)")).prefix(hashDigits))
    }
}
