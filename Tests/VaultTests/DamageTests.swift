import Credentials
import Crypto
import FoundationEssentials
import Testing
import Vault

@Suite struct DamageTests {
    let folder: TemporaryFolder
    let vault: FileVault
    let record: String

    init() throws {
        folder = try TemporaryFolder()
        vault = try FileVault.on(folder)
        record = "\(folder.vault)/crm.sealed"
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(2), for: .tenant, replacing: nil)
        try vault.store(.number(3), for: CredentialID(connection: "other"), replacing: nil)
    }

    /// The bytes with a checksum that fits them, as somebody would write it who changed them.
    private func resummed(_ bytes: [UInt8]) -> [UInt8] {
        let body = Array(bytes.dropLast(8))
        return body + SHA256.digest(body).prefix(8)
    }

    private func expectDamaged(
        _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let error = StoreError.damaged(record: record, reason: reason)
        #expect(throws: error, sourceLocation: sourceLocation) { try vault.load(.crm) }
        #expect(throws: error, sourceLocation: sourceLocation) {
            try vault.store(.number(2), for: .crm, replacing: 1)
        }
        #expect(try vault.load(.tenant) == .number(2), sourceLocation: sourceLocation)
        #expect(
            try FileVault.on(folder).verify().filter { $0.problem != nil }.map(\.problem)
                == [error],
            sourceLocation: sourceLocation
        )
    }

    @Test func `notices every flipped bit`() throws {
        let bytes = try folder.bytes(record)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            try folder.put(changed, at: record)
            let reason =
                index < 7
                ? "it is not a record of this program" : "it was cut short or altered"
            #expect(throws: StoreError.damaged(record: record, reason: reason)) {
                try vault.load(.crm)
            }
        }
    }

    @Test func `notices every truncation`() throws {
        let bytes = try folder.bytes(record)
        for length in bytes.indices {
            try folder.put(Array(bytes.prefix(length)), at: record)
            let reason =
                length < 7
                ? "it is not a record of this program" : "it was cut short or altered"
            #expect(throws: StoreError.damaged(record: record, reason: reason)) {
                try vault.load(.crm)
            }
        }
    }

    @Test func `reports damage, leaves the file alone and goes on with the others`() throws {
        let bytes = try folder.bytes(record)
        try folder.put(bytes + [0], at: record)
        try expectDamaged("it was cut short or altered")
        #expect(try folder.bytes(record) == bytes + [0])
        try folder.put([], at: record)
        try expectDamaged("it is not a record of this program")
        try vault.delete(.crm)
        try vault.store(.number(1), for: .crm, replacing: nil)
        #expect(try vault.load(.crm) == .number(1))
    }

    @Test func `refuses records that were put in another's place`() throws {
        let other = try folder.bytes("\(folder.vault)/other.sealed")
        try folder.put(other, at: record)
        try expectDamaged("it was sealed for another place, or forged")
        let tenants = try folder.names(in: folder.vault).filter { $0.hasPrefix("crm+") }
        try folder.put(try folder.bytes("\(folder.vault)/\(tenants[0])"), at: record)
        try expectDamaged("it was sealed for another place, or forged")
        try folder.put(try folder.bytes("\(folder.vault)/key-check"), at: record)
        try expectDamaged("it was sealed for another place, or forged")
    }

    @Test func `refuses a forged version and other forgeries with a right checksum`() throws {
        let bytes = try folder.bytes(record)
        for index in 16..<bytes.count - 8 {
            var changed = bytes
            changed[index] ^= 1
            try folder.put(resummed(changed), at: record)
            #expect(
                throws: StoreError.damaged(
                    record: record,
                    reason: "it was sealed for another place, or forged"
                )
            ) { try vault.load(.crm) }
        }
        for length in 16..<bytes.count - 1 {
            try folder.put(resummed(Array(bytes.prefix(length))), at: record)
            #expect(throws: StoreError.self) { try vault.load(.crm) }
        }
    }

    @Test func `tells another key and a later format from damage`() throws {
        let bytes = try folder.bytes(record)
        var changed = bytes
        changed[8] ^= 1
        try folder.put(resummed(changed), at: record)
        #expect(throws: StoreError.wrongKey(path: record)) { try vault.load(.crm) }
        changed = bytes
        changed[7] = 2
        try folder.put(resummed(changed), at: record)
        #expect(throws: StoreError.newerVersion(record: record, version: 2)) {
            try vault.load(.crm)
        }
    }

    @Test func `refuses files that are no records at all`() throws {
        try FileManager.default.removeItem(atPath: record)
        try FileManager.default.createDirectory(atPath: record, withIntermediateDirectories: false)
        #expect(throws: StoreError.self) { try vault.load(.crm) }
        try FileManager.default.removeItem(atPath: record)
        try folder.put([UInt8](repeating: 7, count: 5 << 20), at: record)
        #expect(throws: StoreError.io(errno: 27, path: record)) { try vault.load(.crm) }
        #expect(try vault.load(.tenant) == .number(2))
    }

    @Test func `leaves a damaged tenant out of the list and reports it`() throws {
        let name = try #require(
            try folder.names(in: folder.vault).first { $0.hasPrefix("crm+") }
        )
        try folder.put([1, 2, 3], at: "\(folder.vault)/\(name)")
        #expect(try vault.list() == [.crm, CredentialID(connection: "other")])
        let reports = try vault.verify()
        #expect(reports.count == 3)
        #expect(reports.filter { $0.problem != nil }.map(\.path) == ["\(folder.vault)/\(name)"])
    }

    @Test func `does without a damaged or lost key check`() throws {
        for bytes: [UInt8]? in [nil, [], [1, 2, 3]] {
            let path = "\(folder.vault)/key-check"
            try FileManager.default.removeItem(atPath: path)
            if let bytes { try folder.put(bytes, at: path) }
            #expect(throws: StoreError.wrongKey(path: folder.vault)) {
                try FileVault.on(folder, .other)
            }
            #expect(try FileVault.on(folder).load(.crm) == .number(1))
            #expect(try folder.bytes(path).count > 50)
        }
    }
}
