package import Credentials

/// What was found out about one record.
package struct RecordReport: Sendable, Equatable {
    /// The path of the record's file.
    package let path: String
    /// Whose it is, as far as that can be told.
    package let id: CredentialID?
    /// The generation, if the record could be read.
    package let generation: Int?
    /// Whether it is still sealed with the previous key.
    package let isUnderPreviousKey: Bool
    /// Why it cannot be used; nil if it can.
    package let problem: StoreError?
}

extension FileVault {
    /// Opens every record and reports on each, in the order of their files.
    ///
    /// - Throws: `StoreError.io` if the folder cannot be listed.
    package func verify() throws(StoreError) -> [RecordReport] {
        try folder.names().compactMap { report(on: $0) }
    }

    /// Seals with the current key whatever is still sealed with the previous one.
    ///
    /// One record that cannot be read or written hinders no other. When no report shows a problem, the
    /// previous key is not needed any more.
    package func reseal() throws(StoreError) -> [RecordReport] {
        try folder.names().compactMap { name in
            do throws(StoreError) {
                _ = try folder.reseal(name)
                return report(on: name)
            } catch {
                return failure(error, name)
            }
        }
    }

    /// Makes sure that the vault can be written to, without changing any record.
    ///
    /// - Throws: `StoreError.full`, `.readOnly`, `.io`.
    package func checkWritable() throws(StoreError) {
        do throws(DiskError) {
            let probe = WholeFile(
                folder: folder.path,
                name: RecordName.probe.file,
                disk: folder.disk
            )
            try probe.put(Array(repeating: 0, count: 4096), .replacing)
            try folder.disk.remove(probe.path)
        } catch {
            throw StoreError(error)
        }
    }

    /// What there is to say of a record; nil if it was deleted since the folder was listed.
    private func report(on name: RecordName) -> RecordReport? {
        do {
            guard let record = try folder.read(name) else { return nil }
            if let secrets = name.secrets { return report(on: name, record, of: secrets) }
            let entry = try Entry(record, path: folder.path(of: name))
            guard RecordName(entry.id) == name else {
                let reason = "it is another credential's"
                return failure(.damaged(record: folder.path(of: name), reason: reason), name)
            }
            return RecordReport(
                path: folder.path(of: name),
                id: entry.id,
                generation: entry.credential.generation,
                isUnderPreviousKey: record.isUnderPreviousKey,
                problem: nil
            )
        } catch {
            return failure(error, name)
        }
    }

    private func report(
        on name: RecordName,
        _ record: OpenRecord,
        of secrets: SecretsID
    ) -> RecordReport {
        RecordReport(
            path: folder.path(of: name),
            id: CredentialID(connection: secrets.connection),
            generation: Int(clamping: record.version),
            isUnderPreviousKey: record.isUnderPreviousKey,
            problem: nil
        )
    }

    private func failure(_ problem: StoreError, _ name: RecordName) -> RecordReport {
        RecordReport(
            path: folder.path(of: name),
            id: name.credential,
            generation: nil,
            isUnderPreviousKey: false,
            problem: problem
        )
    }
}
