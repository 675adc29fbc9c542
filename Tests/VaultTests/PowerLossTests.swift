import Credentials
import Crypto
import Synchronization
import Testing
import Vault

/// Cuts the power after every single change of the disk, and looks at all that it could leave.
@Suite struct PowerLossTests {
    /// What had been promised when the power went.
    struct Promise {
        /// The generation of the last store that had returned; nil before the first, or deleted.
        var kept: Int?
        /// The generation, or the absence, that was being stored.
        var begun: Int??
    }

    @Test func `keeps what a store promised, whenever the power goes`() throws {
        let promise = Mutex(Promise())
        let moments = Mutex<[(MemoryDisk.State, Promise)]>([])
        let disk = MemoryDisk { state in
            moments.withLock { $0.append((state, promise.withLock { $0 })) }
        }
        let vault = try FileVault(folder: "v", keys: .test, disk: disk)
        func step(_ new: Int?, _ body: () throws -> Void) rethrows {
            promise.withLock { $0.begun = .some(new) }
            try body()
            promise.withLock { $0 = Promise(kept: new, begun: nil) }
        }
        try step(1) { try vault.store(.number(1), for: .crm, replacing: nil) }
        try step(2) { try vault.store(.number(2), for: .crm, replacing: 1) }
        try step(3) { try vault.store(.number(3), for: .crm, replacing: 2) }
        try step(nil) { try vault.delete(.crm) }
        try step(4) { try vault.store(.number(4), for: .crm, replacing: nil) }

        let all = moments.withLock { $0 }
        #expect(all.count > 40)
        for (state, promise) in all {
            for left in MemoryDisk.afterPowerLoss(state) {
                let vault = try FileVault(folder: "v", keys: .test, disk: MemoryDisk(left))
                let found = try vault.load(.crm)
                let kept = promise.kept.map(Credential.number)
                let isBegun = promise.begun.map { found == $0.map(Credential.number) } ?? false
                #expect(found == kept || isBegun)
                // And the vault goes on working.
                try vault.store(.number(9), for: .crm, replacing: found?.generation)
                #expect(try vault.load(.crm) == .number(9))
            }
        }
    }

    @Test func `never leaves half a key, nor a vault without its key`() throws {
        let moments = Mutex<[(MemoryDisk.State, Bool)]>([])
        let isOpen = Mutex(false)
        let disk = MemoryDisk { state in
            moments.withLock { $0.append((state, isOpen.withLock { $0 })) }
        }
        let key = KeySource.file(path: "keys/attache.key")
        let vault = try FileVault.open(folder: "v", key: key, disk: disk)
        isOpen.withLock { $0 = true }
        try vault.store(.number(1), for: .crm, replacing: nil)
        try vault.store(.number(2), for: .crm, replacing: 1)

        for (state, wasOpen) in moments.withLock({ $0 }) {
            for left in MemoryDisk.afterPowerLoss(state) {
                let disk = MemoryDisk(left)
                let vault = try FileVault.open(folder: "v", key: key, disk: disk)
                #expect(try vault.verify().allSatisfy { $0.problem == nil })
                if wasOpen {
                    #expect(left.names["keys/attache.key"] == state.names["keys/attache.key"])
                }
            }
        }
    }

    @Test func `seals anew without a moment at which a record is lost`() throws {
        let moments = Mutex<[MemoryDisk.State]>([])
        let disk = MemoryDisk { state in moments.withLock { $0.append(state) } }
        try FileVault(folder: "v", keys: .test, disk: disk)
            .store(.number(1), for: .crm, replacing: nil)
        moments.withLock { $0 = [] }
        _ = try FileVault(folder: "v", keys: .rotated, disk: disk).reseal()
        #expect(try FileVault(folder: "v", keys: .other, disk: disk).load(.crm) == .number(1))
        for state in moments.withLock({ $0 }) {
            for left in MemoryDisk.afterPowerLoss(state) {
                let vault = try FileVault(folder: "v", keys: .rotated, disk: MemoryDisk(left))
                #expect(try vault.load(.crm) == .number(1))
            }
        }
    }
}
