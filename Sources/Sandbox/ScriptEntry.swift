import HTTP
import JSON

/// One line of the script: for which calls of the token endpoint, how often, and what happens.
struct ScriptEntry: Sendable {
    /// Only calls with this `grant_type`; `nil`: all.
    var grant: String?
    /// Only calls of this client; `nil`: all.
    var client: String?
    /// Matching calls that pass first.
    var skip = 0
    /// Matching calls that it is played for.
    var times = 1
    /// The personality to play instead.
    var personality: Personality?
    var delay: Duration?
    var fault: Fault?
    /// The answer in place of the right one.
    var canned: Canned?
    /// Whether the state changes as if the right answer had been given.
    var commits: Bool

    /// Reads an entry of `POST /sandbox/script`.
    ///
    /// - Throws: what is wrong with it, as a sentence.
    init(_ json: JSONValue, limits: SandboxLimits) throws(ControlError) {
        guard case .object(let members) = json else {
            throw ControlError("An entry must be an object.")
        }
        let known: Set = [
            "grant", "client", "skip", "times", "personality", "delay_ms", "fault", "bytes",
            "interval_ms", "status", "headers", "body", "commit",
        ]
        if let odd = members.first(where: { !known.contains($0.name) }) {
            throw ControlError("An entry has no member \(odd.name).")
        }
        grant = json["grant"]?.string
        client = json["client"]?.string
        skip = try json.count("skip", 0...1_000_000) ?? 0
        times = try json.count("times", 1...1_000_000) ?? 1
        if let name = json["personality"] {
            guard let found = name.string.flatMap(Personality.named) else {
                throw ControlError("There is no such personality.")
            }
            personality = found
        }
        delay = try json.count("delay_ms", 0...3_600_000).map { .milliseconds($0) }
        fault = try ScriptEntry.fault(json)
        canned = try ScriptEntry.canned(json, limits)
        commits = try ScriptEntry.commits(json["commit"], fault, canned)
    }

    private static func fault(_ json: JSONValue) throws(ControlError) -> Fault? {
        guard let name = json["fault"] else { return nil }
        let bytes = try json.count("bytes", 0...100_000_000)
        let interval = try json.count("interval_ms", 0...60_000) ?? 100
        switch name.string {
        case "reset-before-commit": return .resetBeforeCommit
        case "reset-after-commit": return .resetAfterCommit
        case "close": return .closeWithoutAnswer
        case "silent": return .silent
        case "truncate": return .truncate(bytes: bytes ?? 20)
        case "drip": return .drip(bytes: max(1, bytes ?? 1), every: .milliseconds(interval))
        case "oversize": return .oversize(bytes: bytes ?? 10_000_000)
        case _:
            throw ControlError(
                "fault must be reset-before-commit, reset-after-commit, close, silent, truncate, "
                    + "drip or oversize."
            )
        }
    }

    private static func canned(
        _ json: JSONValue,
        _ limits: SandboxLimits
    ) throws(ControlError) -> Canned? {
        let status = try json.count("status", 200...599)
        guard status != nil || json["body"] != nil || json["headers"] != nil else { return nil }
        var canned = Canned(status ?? 200)
        switch json["body"] {
        case nil: break
        case .string(let text)?: canned.body = Array(text.utf8)
        case let value?: canned.body = Array(value.text.utf8)
        }
        guard canned.body.count <= limits.scriptBodyBytes else {
            throw ControlError("A body may have \(limits.scriptBodyBytes) bytes at most.")
        }
        if case .object(let headers)? = json["headers"] {
            for header in headers {
                guard let value = header.value.string, FieldRule.allows(header.name, value) else {
                    throw ControlError("The header \(header.name) cannot be sent.")
                }
                canned.fields.append(header.name, value)
            }
        }
        return canned
    }

    /// An answer that is made up changes nothing unless the entry says so.
    private static func commits(
        _ asked: JSONValue?,
        _ fault: Fault?,
        _ canned: Canned?
    ) throws(ControlError) -> Bool {
        switch asked {
        case nil: return (fault?.commits ?? true) && (canned == nil || fault == .resetAfterCommit)
        case .bool where fault == nil && canned == nil:
            throw ControlError("commit needs a fault or an answer beside it.")
        case .bool(let commits)?:
            guard commits || fault != .resetAfterCommit, !commits || fault != .resetBeforeCommit
            else { throw ControlError("commit contradicts the fault.") }
            return commits
        case _: throw ControlError("commit must be true or false.")
        }
    }
}

/// What is wrong with a call of the control API, as a sentence for its caller.
struct ControlError: Error, Sendable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

extension JSONValue {
    /// A whole number within a range; `nil` if the member is absent.
    func count(_ name: String, _ range: ClosedRange<Int>) throws(ControlError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.wholeNumber, range.contains(number) else {
            throw ControlError(
                "\(name) must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)."
            )
        }
        return number
    }
}
