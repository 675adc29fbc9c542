import Crypto
import Glibc
import Testing
import Vault

@Suite struct SecretFileTests {
    private let disk = MemoryDisk()
    private let path = "/srv/attache.admin-token"

    private func write(_ text: String) throws {
        let file = try disk.create(path)
        var rest = Array(text.utf8)
        while !rest.isEmpty { rest.removeFirst(try disk.write(rest.span, to: file, path: path)) }
        try disk.close(file, path: path)
    }

    @Test func `is made once, and read ever after`() throws {
        let file = SecretFile(path: path, disk: disk)
        #expect(try file.read() == nil)
        #expect(try file.readOrMake { Secret("canary-one") } == Secret("canary-one"))
        #expect(try file.readOrMake { Secret("canary-two") } == Secret("canary-one"))
        #expect(try disk.read(path, limit: 100) == Array("canary-one\n".utf8))
    }

    @Test func `is there for its owner alone`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/token"
        let file = SecretFile(path: path)
        #expect(try file.readOrMake { Secret("canary-one") } == Secret("canary-one"))
        #expect(try KernelDisk().status(of: path)?.permissions == 0o600)
        let changed = unsafe chmod(path, 0o622)
        #expect(changed == 0)
        #expect(throws: DiskError(.reading, errno: EACCES, path: path)) { try file.read() }
    }

    @Test(arguments: ["a b\r\n", "a b", "a b \t\n\n"])
    func `white space at the end is no part of it`(text: String) throws {
        try write(text)
        #expect(try SecretFile(path: path, disk: disk).read() == Secret("a b"))
    }

    @Test(arguments: ["", "\n", " \r\n"]) func `nothing is no secret`(text: String) throws {
        try write(text)
        #expect(throws: DiskError(.reading, errno: EINVAL, path: path)) {
            try SecretFile(path: path, disk: disk).readOrMake { Secret("canary") }
        }
    }
}
