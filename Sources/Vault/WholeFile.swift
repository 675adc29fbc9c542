import Crypto

/// A file that is put in place whole or not at all.
///
/// Its new content is written beside it under a name that nobody can guess, synced, given the
/// file's name in one step, and the folder synced: after a crash or a loss of power at any moment the
/// name stands for the whole old content or the whole new one.
struct WholeFile {
    /// What to do with a file that is already there.
    enum Placing {
        /// Replace it.
        case replacing
        /// Leave it and fail with `EEXIST`.
        case new
    }

    /// What the names of unfinished files end in.
    static let temporarySuffix = ".tmp"

    private static let randomCount = 16

    /// The folder, without a slash at its end.
    let folder: String
    /// The file's name in the folder.
    let name: String
    /// Where all this happens.
    let disk: any Disk

    /// The path of the file.
    var path: String { "\(folder)/\(name)" }

    /// The name of the file that a temporary file was to become; nil for any other kind of file.
    static func target(ofTemporary name: String) -> String? {
        guard name.hasSuffix(temporarySuffix) else { return nil }
        let stem = name.dropLast(temporarySuffix.count)
        guard let dot = stem.lastIndex(of: "."), dot != stem.startIndex else { return nil }
        guard Hex.decode(String(stem[dot...].dropFirst()))?.count == randomCount else { return nil }
        return String(stem[..<dot])
    }

    /// Writes the file; when this returns it is durable.
    ///
    /// If it throws, the old content is still there, but for a failure of the last step: then the
    /// new content is there whole, and may be gone again after a loss of power.
    /// - Throws: `DiskError` that names this file, whichever step failed.
    func put(_ bytes: [UInt8], _ placing: Placing) throws(DiskError) {
        do {
            try write(bytes, placing)
        } catch {
            throw DiskError(error.purpose, errno: error.errno, path: path)
        }
    }

    private func write(_ bytes: [UInt8], _ placing: Placing) throws(DiskError) {
        let random = Hex.encode(Random.bytes(WholeFile.randomCount))
        let temporary = "\(path).\(random)\(WholeFile.temporarySuffix)"
        let file = try disk.create(temporary)
        do {
            try fill(file, with: bytes, at: temporary)
            switch placing {
            case .replacing:
                try disk.rename(temporary, to: path)
            case .new:
                try disk.link(temporary, to: path)
                // A second name for the finished file is litter and no more.
                try? disk.remove(temporary)
            }
        } catch {
            // Room may be what is missing: leave nothing behind. What cannot be removed now is
            // removed when the vault is opened next.
            try? disk.remove(temporary)
            throw error
        }
        try disk.syncFolder(folder)
    }

    /// Writes all bytes, syncs and closes; closes in any case.
    private func fill(
        _ file: Int32,
        with bytes: [UInt8],
        at temporary: String
    ) throws(DiskError) {
        do {
            var written = 0
            while written < bytes.count {
                let rest = bytes.span.extracting(written..<bytes.count)
                let count = try disk.write(rest, to: file, path: temporary)
                written += min(max(0, count), rest.count)
            }
            try disk.sync(file, path: temporary)
        } catch {
            try? disk.close(file, path: temporary)
            throw error
        }
        try disk.close(file, path: temporary)
    }
}

extension WholeFile {
    /// The file at a path, which may be relative.
    init(path: String, disk: any Disk) {
        guard let slash = path.lastIndex(of: "/") else {
            self.init(folder: ".", name: path, disk: disk)
            return
        }
        let folder = slash == path.startIndex ? "/." : String(path[..<slash])
        self.init(folder: folder, name: String(path[slash...].dropFirst()), disk: disk)
    }
}
