import HTTP
import JSON

/// `attache connections`: what people do with the connections of a running proxy.
enum ConnectionsCommand {
    /// What is done.
    enum Action: String, CaseIterable {
        case list, show, connect, test, refresh, `import`, revoke, delete

        /// Whether a browser or a token comes with values to keep.
        var takesParameters: Bool { self == .connect || self == .import }
    }

    /// What the command line says.
    struct Wish {
        let action: Action
        var name = ""
        var tenant: String?
        var state: String?
        var returnURL: String?
        var file: String?
        var parameters: [JSONValue.Member] = []
    }

    static func run(_ arguments: inout Arguments) async throws(Arguments.Fault) -> Command.Exit {
        let path = try arguments.option("-c", "--config")
        let url = try arguments.option("--admin")
        let tokenFile = try arguments.option("--token-file")
        let isRaw = arguments.flag("--json")
        let wish = try wish(&arguments)
        do throws(Assembly.Failure) {
            let client = try AdminClient(configuration: path, url: url, tokenFile: tokenFile)
            let answer = try await fulfil(wish, client)
            System.write(isRaw ? "\(answer.text)\n" : ConnectionsText.text(of: answer, wish))
            return .success
        } catch {
            System.write("attache connections: \(error.message)\n", to: 2)
            return .failure
        }
    }

    private static func wish(_ arguments: inout Arguments) throws(Arguments.Fault) -> Wish {
        let known = Action.allCases.map(\.rawValue).joined(separator: ", ")
        // Options first, so that their values are not taken for words.
        let tenant = try arguments.option("--tenant")
        let state = try arguments.option("--state")
        let returnURL = try arguments.option("--return-url")
        let file = try arguments.option("--file")
        let pairs = try arguments.options("--parameter")
        guard let word = arguments.word() else {
            throw Arguments.Fault(message: "what shall be done? One of: \(known)")
        }
        guard let action = Action(rawValue: word) else {
            throw Arguments.Fault(message: "unknown action '\(word)'; one of: \(known)")
        }
        var wish = Wish(action: action)
        if action != .list {
            guard let name = arguments.word() else {
                throw Arguments.Fault(message: "\(word) wants a connection's name")
            }
            wish.name = name
        }
        for (option, value, actions) in [
            ("--state", state, [.list]), ("--return-url", returnURL, [.connect]),
            ("--file", file, [.import]), ("--parameter", pairs.first, [.connect, .import]),
        ] as [(String, String?, [Action])] where value != nil && !actions.contains(action) {
            throw Arguments.Fault(message: "\(word) has no option \(option)")
        }
        (wish.tenant, wish.state, wish.returnURL, wish.file) = (tenant, state, returnURL, file)
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw Arguments.Fault(message: "--parameter wants NAME=VALUE")
            }
            wish.parameters.append(.init(String(parts[0]), .string(String(parts[1]))))
        }
        try arguments.finish()
        return wish
    }

    private static func fulfil(
        _ wish: Wish,
        _ client: AdminClient
    ) async throws(Assembly.Failure) -> JSONValue {
        let path = "connections/\(FormEncoding.percentEncode(wish.name))"
        var body: [JSONValue.Member] = []
        if let tenant = wish.tenant { body.append(.init("tenant", .string(tenant))) }
        switch wish.action {
        case .list: return try await list(wish, client)
        case .show: return try await client.call("GET", path + query([("tenant", wish.tenant)]))
        case .connect:
            if let url = wish.returnURL { body.append(.init("return_url", .string(url))) }
            body.append(.init("parameters", .object(wish.parameters)))
            return try await client.call("POST", path + "/authorize", .object(body))
        case .import:
            let token = try secret(wish.file)
            body.append(.init("refresh_token", .string(token)))
            body.append(.init("parameters", .object(wish.parameters)))
            return try await client.call("PUT", path + "/credentials", .object(body))
        case .test, .refresh, .revoke:
            let action = "\(path)/\(wish.action.rawValue)"
            return try await client.call("POST", action, .object(body))
        case .delete: return try await client.call("DELETE", path, .object(body))
        }
    }

    /// All pages of the list as one.
    private static func list(
        _ wish: Wish,
        _ client: AdminClient
    ) async throws(Assembly.Failure) -> JSONValue {
        var all: [JSONValue] = []
        var cursor: String?
        var isCounting = false
        repeat {
            let query = query([
                ("tenant", wish.tenant), ("state", wish.state), ("cursor", cursor),
                ("limit", "1000"),
            ])
            let page = try await client.call("GET", "connections\(query)")
            if case .array(let items)? = page["connections"] { all += items }
            if page["counting"] == .bool(true) { isCounting = true }
            cursor = page["next_cursor"]?.scalarText
        } while cursor != nil
        var answer: [JSONValue.Member] = [
            .init("connections", .array(all)), .init("next_cursor", .null),
        ]
        if isCounting {
            answer.append(.init("counting", .bool(true)))
            System.write("tenants are still being counted: there may be more\n", to: 2)
        }
        return .object(answer)
    }

    /// The token in a file or on standard input: never on the command line, which all can see.
    private static func secret(_ file: String?) throws(Assembly.Failure) -> String {
        let most = 65_536
        guard let bytes = file.map({ System.read($0, most: most) }) ?? System.readInput(most: most),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            throw Assembly.Failure(message: "cannot read \(file ?? "standard input")")
        }
        let token = text.trimmingSpaces().filter { !$0.isNewline }
        guard !token.isEmpty else { throw Assembly.Failure(message: "there is no token to import") }
        return token
    }

    private static func query(_ items: [(String, String?)]) -> String {
        let given = items.compactMap { item in item.1.map { (item.0, $0) } }
        return given.isEmpty ? "" : "?\(FormEncoding.encode(given))"
    }
}
