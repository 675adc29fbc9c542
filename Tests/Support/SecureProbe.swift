/// HTTPS requests to this machine by the `curl` command, which trusts one authority alone.
struct SecureProbe {
    /// The file of the authority's certificate.
    let authority: String

    /// Sends one request to 127.0.0.1, whatever the host is called, and reads the answer.
    func fetch(
        _ url: WebAddress,
        method: String,
        fields: [(String, String)],
        body: String?
    ) throws -> ProbeResponse {
        var arguments = [
            "-q", "-sS", "-i", "--http1.1", "--noproxy", "*", "--cacert", authority,
            "--connect-to", "::127.0.0.1:\(url.port)", "-X", method,
        ]
        for (name, value) in fields { arguments += ["-H", "\(name): \(value)"] }
        if let body { arguments += ["--data-raw", body] }
        let answer = Array(try ChildProcess.run("curl", arguments + [url.text]).utf8)
        let gap = Array("\r\n\r\n".utf8)
        guard
            let end = answer.indices.first(where: { answer[$0...].starts(with: gap) })
        else { throw TestFailure("no head: \(String(decoding: answer, as: UTF8.self))") }
        var response = try ProbeResponse(head: Array(answer[..<end]))
        response.body = Array(answer[(end + gap.count)...])
        return response
    }
}
