import Glibc
import HTTP
import Testing

/// One message in raw bytes: `accept/*` must parse, `reject/*` must not.
///
/// Names that begin with `resp-` are responses; a rejected request's name begins with the status
/// that answers it.
struct CorpusFile: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]

    var testDescription: String { name }
    var isResponse: Bool { name.hasPrefix("resp-") }
    var status: Int? { Int(name.prefix(3)) }

    /// Reads every file of a folder beside this source file.
    static func all(_ folder: String) -> [CorpusFile] {
        let path = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
        return files(in: "/\(path)/Corpus/\(folder)")
    }

    private static func files(in path: String) -> [CorpusFile] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var found: [CorpusFile] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") {
                found.append(CorpusFile(name: name, bytes: read("\(path)/\(name)")))
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func read(_ path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        let size = max(0, Int(lseek(file, 0, SEEK_END)))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { space, count in
            count = unsafe max(0, pread(file, space.baseAddress, size, 0))
        }
    }
}

@Suite struct CorpusTests {
    @Test func `has all of its files`() {
        #expect(CorpusFile.all("accept").count >= 60)
        #expect(CorpusFile.all("reject").count >= 200)
    }

    @Test(arguments: CorpusFile.all("accept"))
    func `accepts`(file: CorpusFile) {
        let outcome = Outcome.of(file.bytes, isResponse: file.isResponse, cuts: [])
        #expect(outcome.isAccepted)
        #expect(outcome.consumed > 0)
    }

    @Test(arguments: CorpusFile.all("reject"))
    func `rejects`(file: CorpusFile) {
        let outcome = Outcome.of(file.bytes, isResponse: file.isResponse, cuts: [])
        #expect(outcome.fault != nil || outcome.targetFault != nil)
        if let status = file.status {
            #expect((outcome.fault?.status ?? 400) == status)
        }
    }

    @Test(arguments: CorpusFile.all("accept") + CorpusFile.all("reject"))
    func `comes to the same outcome wherever the bytes are cut`(file: CorpusFile) {
        let whole = Outcome.of(file.bytes, isResponse: file.isResponse, cuts: [])
        let count = file.bytes.count
        let places = count < 1_000 ? Array(0...count) : Array(stride(from: 0, to: count, by: 499))
        for place in places {
            let cut = Outcome.of(file.bytes, isResponse: file.isResponse, cuts: [place])
            #expect(cut == whole, "cut at \(place)")
        }
        let drip = Array(0..<min(count, 40_000))
        #expect(Outcome.of(file.bytes, isResponse: file.isResponse, cuts: drip) == whole)
    }
}
