/// Reads a connector's folder: `spec.yml`, and under `auth/` a file for each function.
package struct ConnectorReader {
    /// What reading a file gives: its bytes, or why there are none in words.
    package typealias File = Result<[UInt8], ConnectorProblem.Unreadable>

    private let directory: String
    private let read: (String) -> File
    private var problems: [ConnectorProblem] = []
    private var functions: [ConnectorFunction: Connector.Implementation] = [:]

    /// Reads a connector, with the files that a function gives.
    ///
    /// - Returns: the connector, or everything that is wrong with it.
    package static func read(
        _ directory: String,
        files: @escaping (String) -> File
    ) -> Result<Connector, ConnectorProblem.List> {
        var reader = ConnectorReader(directory: directory, read: files)
        reader.readSpec()
        guard reader.problems.isEmpty else { return .failure(.init(problems: reader.problems)) }
        return .success(Connector(directory: directory, functions: reader.functions))
    }

    private init(directory: String, read: @escaping (String) -> File) {
        self.directory = directory
        self.read = read
    }

    private mutating func readSpec() {
        let file = "\(directory)/spec.yml"
        guard let node = yaml(file) else { return }
        guard case .mapping(let entries) = node.content else {
            report("a connector's spec must be a mapping with 'auth'", node.place, file)
            return
        }
        // The rest of a spec describes what lies beyond authentication.
        guard let auth = entries.first(where: { $0.key == "auth" }) else {
            report("there is no 'auth'", node.place, file)
            return
        }
        guard case .mapping(let members) = auth.value.content else {
            report("'auth' must hold 'type' and functions, indented", auth.value.place, file)
            return
        }
        readAuth(members, at: auth.place, file)
    }

    private mutating func readAuth(
        _ members: [YAMLNode.Entry],
        at place: YAMLPlace,
        _ file: String
    ) {
        if let type = members.first(where: { $0.key == "type" }) {
            if type.value.string != "oauth2" {
                report("'type' must be oauth2", type.value.place, file)
            }
        } else {
            report("'auth' has no 'type: oauth2'", place, file)
        }
        for member in members where member.key != "type" {
            guard let function = ConnectorFunction(rawValue: member.key) else {
                let known = ConnectorFunction.allCases.map(\.rawValue).joined(separator: ", ")
                let message = "'\(member.key)' is no function of oauth2; there are \(known)"
                report(message, member.place, file)
                continue
            }
            readFunction(function, member.value, file)
        }
        let names = members.map(\.key)
        for function in [ConnectorFunction.getOAuthConfig, .makeApiClient]
        where !names.contains(function.rawValue) {
            report("'auth' has no '\(function.rawValue)'", place, file)
        }
        let short = ConnectorFunction.getCredentialsFromTokenResponse.rawValue
        let long = ConnectorFunction.getCredentialsFromAccessTokenResponse.rawValue
        if names.contains(short), let second = members.first(where: { $0.key == long }) {
            report("'\(short)' and '\(long)' are the same; write one", second.place, file)
        }
    }

    private mutating func readFunction(
        _ function: ConnectorFunction,
        _ node: YAMLNode,
        _ file: String
    ) {
        guard case .mapping(let members) = node.content else {
            report("'\(function.rawValue)' has no 'implementationType'", node.place, file)
            return
        }
        for member in members where member.key != "implementationType" {
            let message = "'\(member.key)' is unknown; only 'implementationType' can stand here"
            report(message, member.place, file)
        }
        guard let type = members.first(where: { $0.key == "implementationType" }) else {
            report("'\(function.rawValue)' has no 'implementationType'", node.place, file)
            return
        }
        let base = "\(directory)/auth/\(function.fileName)"
        switch type.value.string {
        case "mapping":
            guard function != .test else {
                report("'test' must be javascript", type.value.place, file)
                return
            }
            readMapping(function, "\(base).map.yml")
        case "javascript":
            let script = "\(base).js"
            if case .failure(let reason) = read(script) {
                let message = "'\(function.rawValue)' wants the file \(script): \(reason.reason)"
                report(message, type.value.place, file)
            }
            functions[function] = .javascript(file: script)
        default: report("this must be mapping or javascript", type.value.place, file)
        }
    }

    private mutating func readMapping(_ function: ConnectorFunction, _ file: String) {
        guard let node = yaml(file) else { return }
        do throws(YAMLError) {
            let mapping = try Mapping(node, over: function.arguments)
            if case .literal = mapping.kind {
                throw YAMLError("this must be a mapping of names to values", at: node.place)
            }
            functions[function] = .mapping(mapping, file: file)
        } catch {
            problems.append(ConnectorProblem(error, in: file))
        }
    }

    private mutating func yaml(_ file: String) -> YAMLNode? {
        switch read(file) {
        case .failure(let reason):
            problems.append(ConnectorProblem(reason.reason, in: file))
            return nil
        case .success(let bytes):
            do throws(YAMLError) {
                return try YAMLReader.read(bytes)
            } catch {
                problems.append(ConnectorProblem(error, in: file))
                return nil
            }
        }
    }

    private mutating func report(_ message: String, _ place: YAMLPlace, _ file: String) {
        problems.append(ConnectorProblem(YAMLError(message, at: place), in: file))
    }
}

extension ConnectorProblem {
    /// Everything that is wrong with a connector.
    package struct List: Error, Sendable {
        package let problems: [ConnectorProblem]
    }

    /// Why a file cannot be read, in words.
    package struct Unreadable: Error, Sendable {
        package let reason: String

        /// Says why.
        package init(_ reason: String) { self.reason = reason }
    }
}
