import Glibc
import Support
import Testing

/// One message of the HTTP corpus in raw bytes.
struct Specimen: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]

    var testDescription: String { name }
    var isResponse: Bool { name.hasPrefix("resp-") }

    static func all(_ folder: String) -> [Specimen] {
        let path = "\(#filePath)".split(separator: "/").dropLast(2).joined(separator: "/")
        let place = "/\(path)/HTTPTests/Corpus/\(folder)"
        guard let directory = unsafe opendir(place) else { return [] }
        defer { unsafe closedir(directory) }
        var found: [Specimen] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix("."), let bytes = read("\(place)/\(name)") else { continue }
            found.append(Specimen(name: name, bytes: bytes))
        }
        return found.sorted { $0.name < $1.name }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = max(0, Int(lseek(file, 0, SEEK_END)))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { space, count in
            count = unsafe max(0, pread(file, space.baseAddress, size, 0))
        }
    }
}

/// The whole corpus through the proxy, both ways, with the oracle at both ends.
@Suite struct CorpusTests {
    /// Everything goes to the upstream, whatever its host.
    private static let config = """
        connection all { grant none; api_client { base_uri http://UPSTREAM/base; } }
        route / { connection all; }
        """

    @Test func `is all there`() {
        #expect(Specimen.all("accept").count >= 60)
        #expect(Specimen.all("reject").count >= 200)
    }

    @Test func `hands on nothing of what must be refused, and closes`() async throws {
        let specimens = Specimen.all("reject").filter { !$0.isResponse }
        try await Scene.run(Self.config, anyHost: true) { scene in
            for specimen in specimens {
                let client = try scene.client()
                try client.offer(specimen.bytes)
                client.finishSending()
                let status = Int(specimen.name.prefix(3)) ?? 0
                let answer = try client.next()
                #expect(answer.status == status, "\(specimen.name)")
                try client.readToEnd()
                #expect(client.received.isEmpty, "\(specimen.name)")
            }
            #expect(await scene.upstream.requests.isEmpty)
        }
    }

    @Test func `hands on what is good in one reading only`() async throws {
        let specimens = Specimen.all("accept").filter { !$0.isResponse }
        try await Scene.run(Self.config, anyHost: true) { scene in
            for specimen in specimens {
                let before = await scene.upstream.requests.count
                let client = try scene.client()
                try client.send(specimen.bytes)
                client.finishSending()
                let words = String(decoding: specimen.bytes, as: UTF8.self).split(separator: " ")
                let method = words.first.map { String($0.filter { !$0.isNewline }) } ?? ""
                try client.readToEnd()
                var answers: [Message] = []
                while !client.received.isEmpty { answers.append(try client.next(to: method)) }
                let after = await scene.upstream.requests.count
                let finals = answers.filter { $0.status >= 200 }
                #expect(!finals.isEmpty, "\(specimen.name)")
                #expect(after - before == finals.filter { $0.status == 200 }.count)
                for answer in finals {
                    #expect([200, 204, 405].contains(answer.status), "\(specimen.name)")
                }
            }
        }
    }

    @Test func `hands back only whole and unambiguous answers`() async throws {
        let specimens = Specimen.all("accept").filter(\.isResponse)
        for method in ["GET", "HEAD"] {
            for specimen in specimens {
                let reply = Reply(.send(specimen.bytes), .close)
                try await Scene.run(script: { _ in reply }) { scene in
                    let client = try scene.client()
                    try client.send("\(method) /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    let answer = try client.next(to: method)
                    let isInterim = ["resp-100", "resp-103"].contains(specimen.name)
                    if isInterim && answer.status >= 200 {
                        #expect(answer.status == 502 || answer.status == 200, "\(specimen.name)")
                    } else {
                        #expect(answer.status != 502, "\(specimen.name)")
                    }
                }
            }
        }
    }

    @Test func `never hands back a broken answer as a good one`() async throws {
        // An upstream's head may be larger than a caller's.
        let good = ["resp-field-long", "resp-fields-101", "resp-line-long"]
        for specimen in Specimen.all("reject").filter(\.isResponse)
        where !good.contains(specimen.name) {
            let reply = Reply(.send(specimen.bytes), .close)
            try await Scene.run(script: { _ in reply }) { scene in
                let client = try scene.client()
                try client.send("GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let answer = try? client.next()
                // What breaks behind the head can only break off.
                if specimen.name.hasPrefix("resp-chunk"), answer == nil {
                    #expect(client.isAtEnd, "\(specimen.name)")
                } else {
                    #expect(answer?.status == 502, "\(specimen.name)")
                    #expect(answer?.text.contains("upstream_protocol") == true, "\(specimen.name)")
                }
            }
        }
    }
}
