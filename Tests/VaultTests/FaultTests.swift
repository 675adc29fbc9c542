import Credentials
import Crypto
import Glibc
import Testing
import Vault

/// Fails the first call on the disk, then the second, and so on until nothing fails any more; after
/// each, what is stored must be the old or the new, whole.
@Suite struct FaultTests {
    /// Attempts something again and again, each time with a later fault, until none strikes.
    ///
    /// After each attempt, looks at the folder with a disk on which all works. Answers how many calls
    /// an attempt takes that nothing hinders.
    private func untilItPasses(
        _ fault: Fault,
        before: (TemporaryFolder) throws -> Void,
        attempt: (any Disk, TemporaryFolder) throws -> Void,
        after: (TemporaryFolder, _ hasPassed: Bool) throws -> Void
    ) throws -> Int {
        var number = 1
        while true {
            let folder = try TemporaryFolder(inMemory: true)
            try before(folder)
            let striker = Striker(fault, at: number)
            let disk = striker.disk()
            var hasPassed = false
            do {
                try attempt(disk, folder)
                hasPassed = true
            } catch let error as StoreError {
                #expect(fault.fits(error), "\(error)")
            } catch let error as VaultError {
                #expect(fault.fits(error), "\(error)")
            }
            if case .death = fault {} else { #expect(disk.openFiles == 0) }
            disk.bury()
            try after(folder, hasPassed)
            guard striker.hasStruck else {
                #expect(hasPassed)
                return number - 1
            }
            number += 1
            try #require(number < 1000)
        }
    }

    @Test(arguments: Fault.all)
    func `never loses the old record in a failed store`(fault: Fault) throws {
        for old in [nil, 1] {
            let calls = try untilItPasses(fault) { folder in
                if let old {
                    try FileVault.on(folder).store(.number(old), for: .crm, replacing: nil)
                }
            } attempt: { disk, folder in
                let vault = try FileVault(folder: folder.vault, keys: .test, disk: disk)
                try vault.store(.number(2), for: .crm, replacing: old)
            } after: { folder, hasPassed in
                let found = try FileVault.on(folder).load(.crm)
                #expect(found == .number(2) || (found == old.map { .number($0) } && !hasPassed))
                // Whoever tries again gets what he wanted.
                let vault = try FileVault.on(folder)
                try vault.store(.number(2), for: .crm, replacing: old)
                #expect(try vault.load(.crm) == .number(2))
                let names = try folder.names(in: folder.vault)
                #expect(names == ["crm.sealed", "key-check", "lock"])
            }
            #expect(calls > 12)
        }
    }

    @Test(arguments: Fault.all)
    func `deletes a record or leaves it whole`(fault: Fault) throws {
        _ = try untilItPasses(fault) { folder in
            try FileVault.on(folder).store(.number(1), for: .crm, replacing: nil)
        } attempt: { disk, folder in
            try FileVault(folder: folder.vault, keys: .test, disk: disk).delete(.crm)
        } after: { folder, hasPassed in
            let found = try FileVault.on(folder).load(.crm)
            #expect(found == nil || (found == .number(1) && !hasPassed))
            try FileVault.on(folder).delete(.crm)
            #expect(try FileVault.on(folder).load(.crm) == nil)
        }
    }

    @Test(arguments: Fault.all)
    func `seals anew without losing a record`(fault: Fault) throws {
        _ = try untilItPasses(fault) { folder in
            try FileVault.on(folder).store(.number(1), for: .crm, replacing: nil)
            try FileVault.on(folder).store(.number(2), for: .tenant, replacing: nil)
        } attempt: { disk, folder in
            let reports = try FileVault(folder: folder.vault, keys: .rotated, disk: disk).reseal()
            #expect(reports.compactMap(\.problem).allSatisfy { fault.fits($0) })
        } after: { folder, _ in
            let vault = try FileVault.on(folder, .rotated)
            #expect(try vault.load(.crm) == .number(1))
            #expect(try vault.load(.tenant) == .number(2))
            #expect(try vault.reseal().allSatisfy { $0.problem == nil })
            #expect(try FileVault.on(folder, .other).load(.tenant) == .number(2))
        }
    }

    @Test(arguments: Fault.all)
    func `makes a key wholly or not at all`(fault: Fault) throws {
        _ = try untilItPasses(fault) { _ in
        } attempt: { disk, folder in
            let key = KeySource.file(path: "\(folder.path)/attache.key")
            let vault = try FileVault.open(folder: folder.vault, key: key, disk: disk)
            try vault.store(.number(1), for: .crm, replacing: nil)
        } after: { folder, hasPassed in
            let key = KeySource.file(path: "\(folder.path)/attache.key")
            let vault = try FileVault.open(folder: folder.vault, key: key)
            let found = try vault.load(.crm)
            #expect(found == .number(1) || (found == nil && !hasPassed))
            #expect(try vault.verify().allSatisfy { $0.problem == nil })
        }
    }

    @Test(arguments: [InterceptedDisk.Call.sync, .syncFolder])
    func `reports a failed sync`(failing: InterceptedDisk.Call) throws {
        let folder = try TemporaryFolder(inMemory: true)
        try FileVault.on(folder).store(.number(1), for: .crm, replacing: nil)
        let disk = InterceptedDisk { call, _ in call == failing ? EIO : nil }
        let vault = try FileVault(folder: folder.vault, keys: .test, disk: disk)
        #expect(throws: StoreError.io(errno: EIO, path: "\(folder.vault)/crm.sealed")) {
            try vault.store(.number(2), for: .crm, replacing: 1)
        }
        let found = try FileVault.on(folder).load(.crm)
        #expect(found == .number(failing == .sync ? 1 : 2))
    }

    @Test(arguments: [ENOSPC, EROFS])
    func `opens and reads on a disk that is full or read-only`(number: Int32) throws {
        let folder = try TemporaryFolder(inMemory: true)
        try FileVault.on(folder).store(.number(1), for: .crm, replacing: nil)
        let litter = "crm.sealed.\(String(repeating: "00", count: 16)).tmp"
        try folder.put([1], at: "\(folder.vault)/\(litter)")
        let disk = InterceptedDisk { call, _ in call.purpose == .writing ? number : nil }
        let vault = try FileVault(folder: folder.vault, keys: .test, disk: disk)
        #expect(try vault.load(.crm) == .number(1))
        #expect(try vault.verify().allSatisfy { $0.problem == nil })
        let path = "\(folder.vault)/lock"
        let error: StoreError = number == EROFS ? .readOnly(path: path) : .full(path: path)
        #expect(throws: error) { try vault.store(.number(2), for: .crm, replacing: 1) }
        #expect(throws: error) { try vault.delete(.crm) }
        #expect(throws: error) { try vault.tryLock(.crm) }
        #expect(throws: StoreError.self) { try vault.checkWritable() }
        #expect(try FileVault.on(folder).load(.crm) == .number(1))
    }
}
