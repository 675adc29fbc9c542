import Crypto

/// What a record holds, once it is open.
struct OpenRecord: Equatable {
    /// The version under which it was stored: the credential's generation.
    let version: UInt64
    /// What was sealed.
    let plain: [UInt8]
    /// Whether only the previous key opened it.
    let isUnderPreviousKey: Bool
}

/// Why the bytes of a record's file could not be opened.
enum RecordProblem: Error, Equatable {
    /// The file does not begin like a record.
    case notARecord
    /// The checksum is wrong: the file was cut short, or bytes in it changed.
    case altered
    /// A later version of this program wrote it.
    case newerFormat(Int)
    /// It is whole, but none of our keys sealed it.
    case wrongKey
    /// It is whole and claims our key, but was not sealed under this name and version: it was moved
    /// from another record's place, or forged.
    case misplaced
    /// OpenSSL could not do its part.
    case unavailable
}

/// The bytes of a record's file.
///
///     7  "attache"
///     1  format, now 1
///     8  fingerprint of the key
///     8  version, big-endian
///     …  nonce, ciphertext and tag of AES-256-GCM
///     8  the first bytes of the SHA-256 of all before
///
/// The associated data of the seal are everything before it and the file's name, which is a function of
/// the credential's identity: a record is good in its own place only. The checksum protects
/// nothing; it tells a wrong key from a damaged disk. Later formats keep it and the first 8 bytes.
enum RecordFormat {
    private static let magic = Array("attache".utf8)
    private static let format: UInt8 = 1
    private static let headCount = 24
    private static let checksumCount = 8

    /// Seals a record for its place.
    static func encode(
        _ plain: [UInt8],
        version: UInt64,
        name: RecordName,
        keys: Keyring
    ) throws(RecordProblem) -> [UInt8] {
        var bytes = magic
        bytes.append(format)
        bytes += keys.current.fingerprint
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: version >> UInt64(shift)))
        }
        let associated = bytes + Array(name.file.utf8)
        do {
            bytes += try Seal.seal(plain, key: keys.current.key, associated: associated)
        } catch {
            throw .unavailable
        }
        return bytes + checksum(bytes)
    }

    /// Opens a record that was found in a place.
    static func decode(
        _ bytes: [UInt8],
        name: RecordName,
        keys: Keyring
    ) throws(RecordProblem) -> OpenRecord {
        guard bytes.starts(with: magic) else { throw .notARecord }
        guard bytes.count > magic.count + checksumCount else { throw .altered }
        let body = Array(bytes.dropLast(checksumCount))
        guard ConstantTime.equal(checksum(body), Array(bytes.suffix(checksumCount))) else {
            throw .altered
        }
        guard body[magic.count] == format else { throw .newerFormat(Int(body[magic.count])) }
        guard body.count >= headCount else { throw .altered }
        guard let key = keys.key(withFingerprint: Array(body[8..<16])) else { throw .wrongKey }
        let version = body[16..<headCount].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let associated = Array(body.prefix(headCount)) + Array(name.file.utf8)
        let sealed = Array(body.dropFirst(headCount))
        do {
            return OpenRecord(
                version: version,
                plain: try Seal.open(sealed, key: key, associated: associated),
                isUnderPreviousKey: key != keys.current.key
            )
        } catch {
            switch error {
            case .notAuthentic: throw .misplaced
            case .truncated: throw .altered
            case .tooLong, .unavailable: throw .unavailable
            }
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.digest(bytes).prefix(checksumCount))
    }
}
