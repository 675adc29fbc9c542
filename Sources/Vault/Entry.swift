import Credentials
import Crypto
import FoundationEssentials

/// What is sealed in a record: whose it is, and the credential.
struct Entry {
    /// Whose credential it is; the file's name does not give a tenant away.
    let id: CredentialID
    /// The credential.
    let credential: Credential

    /// The JSON that is sealed.
    private struct Envelope: Codable {
        var id: CredentialID
        var credential: CredentialRecord
    }

    /// Pairs a credential with its name.
    init(id: CredentialID, credential: Credential) {
        self.id = id
        self.credential = credential
    }

    /// Reads what a record holds.
    ///
    /// - Throws: `StoreError.damaged`, `StoreError.newerVersion` with the record's path.
    init(_ record: OpenRecord, path: String) throws(StoreError) {
        let envelope: Envelope
        do {
            envelope = try JSONDecoder().decode(Envelope.self, from: Data(record.plain))
        } catch {
            // The error is not passed on: it may quote what it could not read.
            throw .damaged(record: path, reason: "its content is not a credential")
        }
        id = envelope.id
        do {
            credential = try envelope.credential.credential()
        } catch {
            throw Entry.placed(error, path)
        }
        guard UInt64(exactly: credential.generation) == record.version else {
            throw .damaged(record: path, reason: "its generation is not the one it is sealed with")
        }
    }

    /// The bytes to seal; the same for the same credential.
    func encoded(path: String) throws(StoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let envelope = Envelope(id: id, credential: CredentialRecord(credential))
        do {
            return Array(try encoder.encode(envelope))
        } catch {
            throw .damaged(record: path, reason: "the credential cannot be written down")
        }
    }

    /// The error of a record's content with the record's path in it.
    private static func placed(_ error: StoreError, _ path: String) -> StoreError {
        switch error {
        case .damaged(_, let reason): .damaged(record: path, reason: reason)
        case .newerVersion(_, let version): .newerVersion(record: path, version: version)
        case .wrongKey, .full, .readOnly, .conflict, .io, .unreachable: error
        }
    }
}
