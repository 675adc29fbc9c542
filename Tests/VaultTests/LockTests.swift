import Credentials
import Glibc
import Synchronization
import Testing
import Vault

@Suite struct LockTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `gives a credential's lock to one instance at a time`() throws {
        let one = try FileVault.on(folder)
        let two = try FileVault.on(folder)
        #expect(try one.tryLock(.crm))
        #expect(try !one.tryLock(.crm))
        #expect(try !two.tryLock(.crm))
        two.unlock(.crm)
        #expect(try !two.tryLock(.crm))
        one.unlock(.crm)
        one.unlock(.crm)
        #expect(try two.tryLock(.crm))
        #expect(try !one.tryLock(.crm))
    }

    @Test func `locks each credential by itself`() throws {
        let one = try FileVault.on(folder)
        let two = try FileVault.on(folder)
        #expect(try one.tryLock(.crm))
        #expect(try two.tryLock(.tenant))
        #expect(try one.tryLock(CredentialID(connection: "other")))
        #expect(try !two.tryLock(.crm))
        #expect(try !one.tryLock(.tenant))
    }

    @Test func `frees the locks of an instance that is gone`() throws {
        do {
            let gone = try FileVault.on(folder)
            #expect(try gone.tryLock(.crm))
        }
        #expect(try FileVault.on(folder).tryLock(.crm))
    }

    @Test func `stores whoever holds the lock, and the holder too`() throws {
        let one = try FileVault.on(folder)
        let two = try FileVault.on(folder)
        #expect(try one.tryLock(.crm))
        try one.store(.number(1), for: .crm, replacing: nil)
        try two.store(.number(2), for: .crm, replacing: 1)
        #expect(throws: StoreError.conflict(stored: 2)) {
            try one.store(.number(3), for: .crm, replacing: 1)
        }
        try one.delete(.crm)
        #expect(try !two.tryLock(.crm))
    }

    @Test func `leaves no litter behind`() throws {
        let vault = try FileVault.on(folder)
        for number in 0..<100 {
            let id = CredentialID(connection: "c\(number)")
            #expect(try vault.tryLock(id))
            vault.unlock(id)
        }
        #expect(try folder.names(in: folder.vault) == ["key-check", "lock"])
    }

    @Test func `is shut out by another process and let in when that is killed`() async throws {
        let vault = try FileVault.on(folder)
        let path = folder.vault
        #expect(try vault.tryLock(.crm))
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let vault = try FileVault(folder: path, keys: .test)
            let other = CredentialID(connection: "other")
            guard try !vault.tryLock(.crm), try vault.tryLock(other) else { exit(1) }
            try vault.store(.number(1), for: other, replacing: nil)
            kill(getpid(), SIGKILL)
        }
        let other = CredentialID(connection: "other")
        #expect(try vault.load(other) == .number(1))
        #expect(try vault.tryLock(other))
    }

    @Test func `loses no change of many writers`() async throws {
        let path = folder.vault
        let perWriter = 10
        try FileVault.on(folder).store(.number(0), for: .crm, replacing: nil)
        await withTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    guard let vault = try? FileVault(folder: path, keys: .test) else { return }
                    var done = 0
                    while done < perWriter {
                        guard let now = try? vault.load(.crm)?.generation else { return }
                        var next = Credential.number(now + 1)
                        // Two writers never write the same, which would be no conflict.
                        next.scopes = "\(writer)"
                        do throws(StoreError) {
                            try vault.store(next, for: .crm, replacing: now)
                            done += 1
                        } catch .conflict {
                            continue
                        } catch {
                            Issue.record(error)
                            return
                        }
                    }
                }
            }
        }
        #expect(try FileVault.on(folder).load(.crm)?.generation == 4 * perWriter)
        #expect(try folder.names(in: folder.vault) == ["crm.sealed", "key-check", "lock"])
    }

    @Test func `leaves the unfinished file of a living writer alone`() throws {
        let vault = try FileVault.on(folder)
        try vault.store(.number(1), for: .crm, replacing: nil)
        let random = String(repeating: "0a", count: 16)
        let dead = "crm.sealed.\(random).tmp"
        let foreign = "else.\(random).tmp"
        try folder.put([1], at: "\(folder.vault)/\(dead)")
        try folder.put([1], at: "\(folder.vault)/\(foreign)")
        let seen = Mutex<[Int]>([])
        let watching = InterceptedDisk { [folder] call, _ in
            if case .rename = call, let second = try? FileVault.on(folder) {
                // A second process has started while this one is in the middle of a store.
                withExtendedLifetime(second) {}
                let names = (try? folder.names(in: folder.vault)) ?? []
                seen.withLock { $0.append(names.count { $0.hasSuffix(".tmp") }) }
            }
            return nil
        }
        try FileVault(folder: folder.vault, keys: .test, disk: watching)
            .store(.number(2), for: .crm, replacing: 1)
        // The writer's own file and the foreign one; the dead one went when the vault was opened.
        #expect(seen.withLock { $0 } == [2])
        #expect(try folder.names(in: folder.vault).filter { $0.hasSuffix(".tmp") } == [foreign])
        #expect(try vault.load(.crm) == .number(2))
    }
}
