import Config
import HTTP
import Proxy

/// `attache explain`: says what would happen to one request.
enum ExplainCommand {
    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let path = try arguments.option("-c", "--config")
        var fields: [(name: String, value: String)] = []
        for text in try arguments.options("-H") {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !text.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) else {
                throw Arguments.Fault(message: "'\(text)' is not a header like 'Name: value'")
            }
            fields.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
        guard let method = arguments.word(), let url = arguments.word() else {
            throw Arguments.Fault(message: "a METHOD and a URL are wanted")
        }
        try arguments.finish()
        guard let configuration = ConfigurationFile.load(path) else { return .configuration }
        let found = Explainer(configuration).explain(method: method, url: url, fields: fields)
        guard let found else {
            System.write("attache explain: nothing listens\n", to: 2)
            return .failure
        }
        System.write(text(of: found))
        return found.refusal == nil ? .success : .failure
    }

    private static func text(of found: Explanation) -> String {
        var lines: [(String, String?)] = [
            ("listener", found.listener + (found.isListenerTold ? "" : " (the URL names none)")),
            ("caller", found.caller), ("route", found.route), ("connection", found.connection),
            ("tenant", found.tenant), ("token", found.token.map { "the one of \($0)" }),
        ]
        if found.isPage { lines.append(("answer", "the connect pages")) }
        if found.isAnswered { lines.append(("answer", "204, by the proxy itself")) }
        if let refusal = found.refusal {
            let told = "\(refusal.status) \(refusal.code): \(refusal.message)"
            lines.append(("refused", told))
            if refusal == .noRoute, found.route != nil {
                lines.append(("note", "connections made through the API are not known here"))
            }
        } else if found.route != nil {
            lines += [
                ("url", found.url ?? "decided by a field"),
                ("needs", list(found.awaited.map { "{{\($0)}} of the credentials" })),
                ("set", list(found.headersSet)), ("dropped", list(found.headersDropped)),
                ("timeouts", found.timeouts.map(text)),
            ]
        }
        return lines.map { name, value in
            guard let value else { return "" }
            return name.padding(to: 12) + value + "\n"
        }.joined()
    }

    private static func list(_ names: [String]) -> String? {
        names.isEmpty ? nil : names.joined(separator: ", ")
    }

    private static func text(of timeouts: RouteConfiguration.Timeouts) -> String {
        "connect \(timeouts.connect), first byte \(timeouts.firstByte), idle \(timeouts.idle)"
    }
}

extension String {
    /// The text with spaces behind it, up to a width.
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
