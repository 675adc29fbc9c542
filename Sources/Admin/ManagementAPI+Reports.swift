internal import Config
internal import Credentials
internal import HTTP
internal import JSON

/// What is only looked at.
extension ManagementAPI {
    func report(_ report: Endpoint.Report) -> JSONValue {
        switch report {
        case .config: config
        case .providers: providers
        case .routes: routes
        }
    }

    /// The configuration in force, by the names of directives, secrets masked.
    private var config: JSONValue {
        let connections = directory.entries.map { entry in
            JSONValue.object(
                [.init("source", .string(entry.source.rawValue))] + entry.connection.shown
            )
        }
        return .object(configuration().shown + [.init("connection", .array(connections))])
    }

    private var providers: JSONValue {
        let entries = Catalogue.names.compactMap(Catalogue.entry)
        return .object([.init("providers", .array(entries.map(\.json)))])
    }

    /// Every route, with what a caller has to know.
    private var routes: JSONValue {
        let configuration = configuration()
        let routes = configuration.routes.map { route in
            let link = RouteLink(route, in: configuration)
            let base =
                route.baseURI?.text
                ?? directory[route.connectionName]?.connection.api.baseURI.source
            return JSONValue.object([
                .init("route", .string(route.pattern)),
                .init("connection", .string(route.connectionName)),
                .init("tenant", .string(route.tenantWords)),
                .init("base_uri", .optional(base)), .init("url", .optional(link?.url)),
                .init("curl", .optional(link?.curl)),
            ])
        }
        return .object([.init("routes", .array(routes))])
    }
}

extension CatalogueEntry {
    fileprivate var json: JSONValue {
        let parameters = parameters.map { parameter in
            JSONValue.object([
                .init("name", .string(parameter.name)),
                .init("description", .string(parameter.description)),
                .init("required", .bool(parameter.isRequired)),
            ])
        }
        return .object([
            .init("name", .string(name)), .init("label", .string(label)),
            .init("grant", .optional(grant?.rawValue)),
            .init("authorize_uri", .optional(authorizeURI)),
            .init("token_uri", .optional(tokenURI)), .init("base_uri", .optional(baseURI)),
            .init("scopes", .optional(scopes)),
            .init("scope_separator", .string(scopeSeparator)),
            .init("parameters", .array(parameters)), .init("notes", .optional(notes)),
            .init("sample", .string(sample)),
        ])
    }
}
