import Connectors
import HTTP
import JSON

extension Builder {
    /// The largest file of a connector.
    private static let fileBytesMax = 1 << 20

    /// Reads the connector that a connection names, and fills in what the file does not say.
    func fillIn(_ result: inout ConnectionConfiguration, _ block: CheckedBlock) {
        guard let written = block["connector"], let place = written.value, let path = place.path
        else { return }
        if let grant = block["grant"], result.grant != .authorizationCode {
            let message = "the grant of a connector is authorization_code"
            findings.error(message, at: grant.position)
        }
        result.grant = .authorizationCode
        let found = ConnectorReader.read(path) { file in
            switch source.read(file, .configuration, Builder.fileBytesMax) {
            case .failure(let failure): .failure(.init("\(failure)"))
            case .success(let file) where file.othersMayWrite:
                .failure(.init("others may write the file; take that away with chmod o-w"))
            case .success(let file): .success(file.bytes)
            }
        }
        switch found {
        case .failure(let list):
            for problem in list.problems { report(problem.message, problem.place, problem.file) }
        case .success(let connector):
            let names = block.written.union(result.extraWritten(in: block))
                .union(block["api_client"]?.block?.written ?? [])
            result.connector = ConnectorConfiguration(connector, written: names)
            fillOAuth(&result, connector, at: place.position)
            fillAPI(&result, connector, block, at: place.position)
        }
    }

    /// Says what is wrong in one of the connector's files.
    private func report(_ message: String, _ place: YAMLPlace?, _ file: String) {
        findings.opened(file)
        let place = place ?? YAMLPlace(line: 1, column: 1)
        let position = SourcePosition(file: file, line: place.line, column: place.column)
        findings.error(message, at: position)
    }

    // MARK: getOAuthConfig

    /// Takes what a mapping says before any account is known.
    private func fillOAuth(
        _ result: inout ConnectionConfiguration,
        _ connector: Connector,
        at position: SourcePosition
    ) {
        switch connector[.getOAuthConfig] {
        case .javascript:
            checkHosts(["authorize_uri", "token_uri"], "getOAuthConfig", result, position)
        case .mapping(let mapping, let file):
            do throws(YAMLError) {
                guard let members = mapping.members else {
                    throw YAMLError("'getOAuthConfig' gives an object", at: mapping.place)
                }
                for member in members { try take(member, into: &result) }
                try checkWhole(result, mapping)
            } catch {
                report(error.message, error.place, file)
            }
        case nil: return
        }
    }

    private func take(
        _ member: Mapping.Member,
        into result: inout ConnectionConfiguration
    ) throws(YAMLError) {
        let arguments = JSONValue.object([
            JSONValue.Member("connectorParameters", result.connectorParameters)
        ])
        switch OAuthMember(rawValue: member.name) {
        case .authorizeUri:
            guard result.connector?.written.contains("authorize_uri") != true else { return }
            result.authorizeURI = try uri(member, of: result)
        case .tokenUri:
            guard result.connector?.written.contains("token_uri") != true else { return }
            result.tokenURI = try uri(member, of: result)
        case .clientId, .clientSecret, .redirectUri, .scopes, .clientAuthLocation,
            .noRefreshToken, .skipPkce, .extra, nil:
            let isLater = member.value.refers(to: ConnectorConfiguration.later)
            // A name that is unknown is refused whatever its value.
            let value = isLater ? nil : try member.value.evaluate(arguments)
            let given: JSONValue = OAuthMember(rawValue: member.name) == nil ? "" : value ?? .null
            do throws(ConnectorFault) {
                result = try result.configured(by: .object([.init(member.name, given)]))
            } catch {
                throw YAMLError(error.description, at: member.place)
            }
        }
    }

    /// A URI, of which parameters of the account may be parts.
    private func uri(
        _ member: Mapping.Member,
        of connection: ConnectionConfiguration
    ) throws(YAMLError) -> Template? {
        guard let template = try Template.make(member.value, parameter: connection.parameter)
        else { return nil }
        if let problem = template.uriProblem { throw YAMLError(problem, at: member.value.place) }
        let isOwn = template.literalHost != nil || connection.ownHost(of: template) != nil
        guard isOwn || !connection.api.allowHosts.isEmpty else {
            let message = """
                the host of '\(member.name)' comes from an account, so 'allow_hosts' in the \
                connection's api_client must say where it may lead to
                """
            throw YAMLError(message, at: member.value.place)
        }
        return template
    }

    /// Checks that everything needed is said, now or for each account.
    private func checkWhole(
        _ connection: ConnectionConfiguration,
        _ mapping: Mapping
    ) throws(YAMLError) {
        var needed: [(OAuthMember, Bool)] = [
            (.clientId, connection.clientID == nil),
            (.authorizeUri, connection.authorizeURI == nil && connection.issuer == nil),
            (.tokenUri, connection.tokenURI == nil && connection.issuer == nil),
        ]
        switch connection.clientAuthentication {
        case .headers, .body, .both:
            needed.append((.clientSecret, connection.clientSecret == nil))
        case .none, .privateKeyJWT, .tls: break
        }
        for case (let member, true) in needed {
            let written = mapping.members?.first { $0.name == member.rawValue }
            guard let written else {
                throw YAMLError("there is no '\(member.rawValue)'", at: mapping.place)
            }
            guard !written.value.refers(to: ConnectorConfiguration.later) else { continue }
            if case .variable(let variable) = written.value.kind, let name = variable.path {
                let message = """
                    '\(variable.text)' has no value: write 'parameter \(name) …' in the connection
                    """
                throw YAMLError(message, at: written.value.place)
            }
            throw YAMLError("'\(member.rawValue)' has no value", at: written.place)
        }
    }

    // MARK: makeApiClient

    private func fillAPI(
        _ result: inout ConnectionConfiguration,
        _ connector: Connector,
        _ block: CheckedBlock,
        at position: SourcePosition
    ) {
        let hasBase = block["api_client"]?.block?.has("base_uri") == true
        switch connector[.makeApiClient] {
        case .javascript:
            if !hasBase { checkHosts(["base_uri"], "makeApiClient", result, position) }
        case .mapping(let mapping, let file):
            do throws(YAMLError) {
                let client = try clientMembers(mapping)
                for member in client { try take(client: member, hasBase, into: &result) }
                if !hasBase, !client.contains(where: { $0.name == "baseUri" }) {
                    throw YAMLError("there is no 'baseUri'", at: mapping.place)
                }
            } catch {
                report(error.message, error.place, file)
            }
        case nil: return
        }
    }

    /// The members of the client, which may stand under `args`.
    private func clientMembers(_ mapping: Mapping) throws(YAMLError) -> [Mapping.Member] {
        guard let members = mapping.members else {
            throw YAMLError("this must hold 'baseUri' and 'headers'", at: mapping.place)
        }
        guard let args = members.first(where: { $0.name == "args" }) else { return members }
        guard members.count == 1, let inner = args.value.members else {
            throw YAMLError("'args' must stand alone and hold 'baseUri'", at: args.place)
        }
        return inner
    }

    private func take(
        client member: Mapping.Member,
        _ hasBase: Bool,
        into result: inout ConnectionConfiguration
    ) throws(YAMLError) {
        switch member.name {
        case "baseUri":
            guard !hasBase else { return }
            guard let template = try uri(member, of: result) else { throw member.value.missing }
            result.api.baseURI = template
        case "headers":
            let headers = try templates(member, result) { (name) throws(YAMLError) in
                guard let problem = ValueReader.headerProblem(name.name) else { return }
                throw YAMLError(problem, at: name.place)
            }
            result.api.headers = Builder.merged(result.api.headers, over: headers)
        case "query":
            result.api.query = Builder.merged(
                result.api.query,
                over: try templates(member, result) { _ in }
            )
        default:
            let message = "'\(member.name)' is unknown; there are baseUri, headers, query"
            throw YAMLError(message, at: member.place)
        }
    }

    private func templates(
        _ member: Mapping.Member,
        _ connection: ConnectionConfiguration,
        check: (Mapping.Member) throws(YAMLError) -> Void
    ) throws(YAMLError) -> [NamedTemplate] {
        guard let members = member.value.members else {
            throw YAMLError("'\(member.name)' must hold names and values", at: member.value.place)
        }
        var result: [NamedTemplate] = []
        for entry in members {
            try check(entry)
            let made = try Template.make(entry.value, parameter: connection.parameter)
            guard let template = made else { continue }
            var named = NamedTemplate(entry.name, template)
            if case .variable = entry.value.kind { named.isOptional = true }
            result.append(named)
        }
        return result
    }

    /// What the file says, and of the connector what the file does not say.
    private static func merged(
        _ own: [NamedTemplate],
        over given: [NamedTemplate]
    ) -> [NamedTemplate] {
        let names = Set(own.map { $0.name.lowercased() })
        return given.filter { !names.contains($0.name.lowercased()) } + own
    }

    /// Checks that hosts which JavaScript gives are bounded.
    private func checkHosts(
        _ directives: [String],
        _ function: String,
        _ connection: ConnectionConfiguration,
        _ position: SourcePosition
    ) {
        let written = connection.connector?.written ?? []
        guard connection.api.allowHosts.isEmpty, !written.isSuperset(of: directives) else { return }
        let names = directives.map { "'\($0)'" }.joined(separator: " and ")
        let message = """
            '\(function)' is javascript, so 'allow_hosts' in api_client must say where it may lead \
            to, or \(names) be written
            """
        findings.error(message, at: position)
    }
}

extension ConnectionConfiguration {
    /// `extra NAME` for each that the file says.
    fileprivate func extraWritten(in block: CheckedBlock) -> [String] {
        block.all("extra").compactMap { $0.text("NAME") }.map { "extra \($0)" }
    }
}
