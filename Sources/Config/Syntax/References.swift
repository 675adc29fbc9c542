/// Resolves `${env:NAME}`, `${file:PATH}` and `${cred:NAME}`.
struct References {
    let source: ConfigSource
    let findings: Findings

    /// The most bytes a referenced file may have.
    static let largestFile = 1 << 20

    /// The value of what stands between the braces; `nil` after an error has been noted.
    func value(of text: String, at position: SourcePosition, directory: String) -> String? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = String(parts[0])
        guard ["env", "file", "cred"].contains(kind) else {
            let hint = NearestWord.hint(for: kind, among: ["env", "file", "cred"])
            return fail("unknown reference '${\(text.shortened)}'\(hint)", position)
        }
        guard parts.count == 2, !parts[1].isEmpty else {
            return fail("'${\(kind):…}' names nothing", position)
        }
        let name = String(parts[1])
        switch kind {
        case "env": return environment(name, position)
        case "file": return file(ConfigPath.resolve(name, in: directory), "${\(text)}", position)
        default: return credential(name, "${\(text)}", position)
        }
    }

    private func environment(_ name: String, _ position: SourcePosition) -> String? {
        guard let value = source.environment(name) else {
            return fail("the environment variable '\(name.shortened)' is not set", position)
        }
        guard !value.isEmpty else {
            return fail("the environment variable '\(name)' is empty", position)
        }
        return value
    }

    private func credential(
        _ name: String,
        _ reference: String,
        _ position: SourcePosition
    ) -> String? {
        guard !name.contains("/"), name != ".", name != ".." else {
            return fail("'\(reference)' must be the name of a file, without a folder", position)
        }
        let variable = "CREDENTIALS_DIRECTORY"
        guard let directory = source.environment(variable), !directory.isEmpty else {
            return fail("'\(reference)': $\(variable) is not set", position)
        }
        return file("\(directory)/\(name)", reference, position)
    }

    private func file(
        _ path: String,
        _ reference: String,
        _ position: SourcePosition
    ) -> String? {
        let file: ConfigSource.File
        switch source.read(path, .secret, References.largestFile) {
        case .success(let found): file = found
        case .failure(let failure):
            return fail("'\(reference)': \(failure) ('\(path)')", position)
        }
        if file.othersMayWrite {
            return fail("'\(reference)': others may write the file; chmod o-w '\(path)'", position)
        }
        if file.othersMayRead {
            let message = "'\(reference)': others may read the file; chmod o-r '\(path)'"
            findings.warning(message, at: position)
        }
        guard var text = String(validating: file.bytes, as: UTF8.self), !text.utf8.contains(0)
        else { return fail("'\(reference)': the file is not UTF-8 text ('\(path)')", position) }
        // A carriage return and a line feed are one character to Swift.
        if text.last == "\n" || text.last == "\r\n" { text.removeLast() }
        guard !text.isEmpty else { return fail("'\(reference)': the file is empty", position) }
        return text
    }

    private func fail(_ message: String, _ position: SourcePosition) -> String? {
        findings.error(message, at: position)
        return nil
    }
}
