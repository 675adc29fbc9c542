import Credentials
import Crypto
import Glibc
import Testing
import Vault

/// What may be used once only.
@Suite struct SpentMarksTests {
    private static let end = 1_800_000_600

    private func vault(_ folder: TemporaryFolder, _ previous: Secret? = nil) throws -> FileVault {
        let key = previous == nil ? KeyTests.first : KeyTests.second
        return try FileVault.open(folder: folder.vault, key: .given(key), previousKey: previous)
    }

    @Test func `what was used is used, for other processes and after a restart`() throws {
        let folder = try TemporaryFolder()
        let marks = try vault(folder).spentMarks()
        #expect(try !marks.isSpent([1, 2], until: Self.end))
        #expect(try marks.spend([1, 2], until: Self.end, now: Self.end - 600))
        #expect(try !marks.spend([1, 2], until: Self.end, now: Self.end - 600))
        let other = try vault(folder).spentMarks()
        #expect(try !other.spend([1, 2], until: Self.end, now: Self.end - 1))
        #expect(try other.isSpent([1, 2], until: Self.end))
        #expect(try !other.isSpent([1, 3], until: Self.end))
        #expect(try other.spend([1, 3], until: Self.end, now: Self.end - 1))
        // The vault's own records are not disturbed.
        let vault = try vault(folder)
        #expect(try vault.list().isEmpty)
        #expect(try vault.verify().allSatisfy { $0.problem == nil })
    }

    @Test func `of many that use the same at once, one succeeds`() async throws {
        let folder = try TemporaryFolder()
        let vaults = try (0..<8).map { _ in try vault(folder) }
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for vault in vaults {
                group.addTask {
                    try vault.spentMarks().spend([9], until: Self.end, now: Self.end - 1)
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test func `marks are forgotten long after their end, and not before`() throws {
        let folder = try TemporaryFolder()
        let marks = try vault(folder).spentMarks()
        #expect(try marks.spend([1], until: Self.end, now: Self.end - 600))
        // The clock may have been set back meanwhile.
        #expect(try marks.spend([2], until: Self.end + 4000, now: Self.end + 3000))
        #expect(try marks.isSpent([1], until: Self.end))
        #expect(try marks.spend([3], until: Self.end + 8000, now: Self.end + 7300))
        #expect(try !marks.isSpent([1], until: Self.end))
        #expect(try marks.isSpent([2], until: Self.end + 4000))
    }

    @Test func `who cannot be sure hears so, and nothing counts twice`() throws {
        let calls: [(InterceptedDisk.Call, usedAfterwards: Bool)] = [
            (.makeFolder, false), (.names, false), (.create, false), (.close, true),
            (.syncFolder, true),
        ]
        for (broken, usedAfterwards) in calls {
            let folder = try TemporaryFolder()
            // A first mark makes the folder, but for the test of that.
            if broken != .makeFolder {
                _ = try vault(folder).spentMarks().spend([1], until: Self.end, now: 0)
            }
            let disk = InterceptedDisk { call, path in
                call == broken && path.contains("/spent") ? EIO : nil
            }
            let vault = try FileVault.open(
                folder: folder.vault,
                key: .given(KeyTests.first),
                disk: disk
            )
            let marks = vault.spentMarks()
            #expect(throws: StoreError.self, "\(broken)") {
                try marks.spend([7], until: Self.end, now: 0)
            }
            let later = try self.vault(folder).spentMarks()
            #expect(try later.spend([7], until: Self.end, now: 0) != usedAfterwards, "\(broken)")
        }
    }

    @Test func `derived keys differ by purpose and key, and outlive a change of keys`() throws {
        let folder = try TemporaryFolder()
        let before = try vault(folder).derivedKeys(for: "connect")
        #expect(before.count == 1)
        #expect(try vault(folder).derivedKeys(for: "connect") == before)
        #expect(try vault(folder).derivedKeys(for: "other") != before)
        #expect(before[0] != SecretKey.repeating(1))
        let after = try vault(folder, KeyTests.first).derivedKeys(for: "connect")
        #expect(after.count == 2)
        #expect(after[0] != before[0] && after[1] == before[0])
    }
}
