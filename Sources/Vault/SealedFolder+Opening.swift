import Credentials
import Crypto
import Glibc

extension SealedFolder {
    private static let keyCheckText = Array("This key opens the vault.".utf8)

    /// Whether something was ever sealed in a folder; a missing folder holds nothing.
    static func isInUse(_ path: String, disk: any Disk) throws(DiskError) -> Bool {
        guard let status = try disk.status(of: path), status.isFolder else { return false }
        return try disk.names(in: path).contains { name in
            name == RecordName.keyCheck.file || RecordName(found: name) != nil
        }
    }

    /// Makes the folder if there is none, clears away what a crash left behind, and sees whether the
    /// key is the folder's; answers what a person should be warned of.
    ///
    /// - Throws: `StoreError.wrongKey` if it is not, or what hinders looking.
    func prepare() throws(StoreError) -> [String] {
        var warnings: [String] = []
        do throws(DiskError) {
            if let status = try disk.status(of: path) {
                guard status.isFolder else {
                    throw DiskError(.reading, errno: ENOTDIR, path: path)
                }
                if status.permissions & 0o002 != 0 {
                    warnings.append("the vault \(path) may be changed by everybody; `chmod 700` it")
                }
            } else {
                try disk.makeFolder(path)
                try disk.syncFolder("\(path)/..")
            }
            try clearAway()
        } catch {
            throw StoreError(error)
        }
        try checkKey()
        return warnings
    }

    /// Removes the temporary files of writers that died.
    ///
    /// A living writer holds the lock of its record: its file is left alone.
    private func clearAway() throws(DiskError) {
        for name in try disk.names(in: path) {
            guard let target = WholeFile.target(ofTemporary: name) else { continue }
            guard let record = RecordName(written: target) else { continue }
            // Litter is no reason not to open a vault: on a read-only disk it stays.
            guard let held = try? lock(record.writeByte, waitMilliseconds: 0) else { continue }
            try? disk.remove("\(path)/\(name)")
            unlock(held)
        }
    }

    /// Compares the key with the record that tells, and writes that record where it is missing.
    private func checkKey() throws(StoreError) {
        // Two processes that make one vault at the same moment must not both think that the key is
        // theirs: the second one has to find the record of the first.
        var expecting = Expectation.nothing
        do {
            if let stored = try read(.keyCheck) {
                if stored.isUnderPreviousKey { _ = try reseal(.keyCheck) }
                return
            }
        } catch .wrongKey {
            throw .wrongKey(path: path)
        } catch .damaged {
            expecting = .anything
        }
        // Lost or damaged: the other records must not be, and they tell as well.
        let names = try names()
        guard names.isEmpty || names.contains(where: isOurs) else { throw .wrongKey(path: path) }
        try write(SealedFolder.keyCheckText, version: 1, as: .keyCheck, expecting: expecting)
    }

    /// Whether one of our keys opens a record.
    private func isOurs(_ name: RecordName) -> Bool {
        guard let record = try? read(name) else { return false }
        return !record.plain.isEmpty
    }
}

extension StoreError {
    /// What is wrong with a record, and where.
    init(_ problem: RecordProblem, path: String) {
        switch problem {
        case .notARecord:
            self = .damaged(record: path, reason: "it is not a record of this program")
        case .altered:
            self = .damaged(record: path, reason: "it was cut short or altered")
        case .newerFormat(let format):
            self = .newerVersion(record: path, version: format)
        case .wrongKey:
            self = .wrongKey(path: path)
        case .misplaced:
            self = .damaged(record: path, reason: "it was sealed for another place, or forged")
        case .unavailable:
            self = .io(errno: ENOMEM, path: path)
        }
    }
}
