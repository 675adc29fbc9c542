internal import HTTP
package import JSON

extension Configuration {
    /// The configuration with every default filled in, by the names of directives, secrets masked;
    /// but for the connections, which may have changed since.
    package var shown: [JSONValue.Member] {
        let shutdown = Shown.object([
            "delay": Shown.time(shutdown.delay), "grace": Shown.time(shutdown.grace),
        ])
        return [
            .init("file", .string(path)),
            .init("threads", threads.map { .number(String($0)) } ?? .string("auto")),
            .init("shutdown", shutdown), .init("log", log.shown),
            .init("access_log", accessLog.shown),
            .init("listener", .array(listeners.map(\.shown))),
            .init("caller", .array(callers.map(\.shown))),
            .init("route", .array(routes.map(\.shown))), .init("vault", vault.shown),
            .init("tokens", .object(tokens.shown)), .init("admin", admin?.shown ?? .null),
            .init("warnings", Shown.texts(warnings.map(\.description))),
        ]
    }
}

extension LogConfiguration {
    fileprivate var shown: JSONValue {
        var path = "stderr"
        if case .file(let file) = destination { path = file }
        return Shown.object([
            "path": .string(path), "level": .string(level.rawValue),
            "format": .string(format.rawValue),
        ])
    }
}

extension AccessLogConfiguration {
    fileprivate var shown: JSONValue {
        let path =
            switch destination {
            case .standardOutput: "stdout"
            case .off: "off"
            case .file(let file): file
            }
        return Shown.object(["path": .string(path), "format": .string(format.rawValue)])
    }
}

extension BindConfiguration {
    fileprivate var shown: JSONValue {
        var members: [JSONValue.Member] = [.init("address", .string(address.description))]
        if case .unix = address {
            members.append(.init("mode", .string(String(mode, radix: 8))))
        }
        members.append(.init("hosts", hosts.map(Shown.texts) ?? .string("any")))
        return .object(members)
    }
}

extension ListenerConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "name": .string(name), "bind": .array(binds.map(\.shown)),
            "tls": .array(tls.map(\.shown)),
            "callers": .string(callersRequired ? "required" : "off"),
            "routes": .bool(routes), "connect_pages": .bool(connectPages),
            "timeouts": Shown.object([
                "header": Shown.time(timeouts.header), "body": Shown.time(timeouts.body),
                "keepalive": Shown.time(timeouts.keepAlive),
            ]),
            "limits": Shown.object([
                "header": Shown.size(limits.header), "fields": Shown.number(limits.fields),
                "line": Shown.size(limits.line), "body": Shown.size(limits.body),
                "connections": Shown.number(limits.connections),
                "min_rate": Shown.size(limits.minimumRate),
            ]),
        ])
    }
}

extension ServerTLSConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "certificate": Shown.pem(certificate), "key": Shown.pem(key),
            "min_version": .string(minimumVersion.rawValue), "client_ca": Shown.pem(clientCA),
            "client_certificate": .string(clientCertificateRequired ? "required" : "optional"),
            "server_name": Shown.texts(serverNames),
        ])
    }
}

extension CallerConfiguration {
    fileprivate var shown: JSONValue {
        let certificate: JSONValue =
            switch clientCertificate {
            case .subjectAlternativeName(let name): .string("san=\(name)")
            case .commonName(let name): .string("cn=\(name)")
            case .sha256: .string("sha256=***")
            case nil: .null
            }
        return Shown.object([
            "name": .string(name), "token": token == nil ? .null : .string("***"),
            "client_cert": certificate, "tenants": Shown.texts(tenants),
        ])
    }
}

extension VaultConfiguration {
    fileprivate var shown: JSONValue {
        switch self {
        case .file(let file):
            Shown.object([
                "kind": .string("file"), "path": .string(file.path),
                "key": file.key == nil ? .string(file.keyPath) : Shown.secret(file.key),
                "previous_key": Shown.secret(file.previousKey),
            ])
        case .redis(let redis):
            Shown.object([
                "kind": .string("redis"), "url": Shown.secret(redis.url),
                "prefix": .string(redis.prefix), "key": Shown.secret(redis.key),
            ])
        case .awsSecretsManager(let aws):
            Shown.object([
                "kind": .string("aws_secrets_manager"), "region": .string(aws.region),
                "prefix": .string(aws.prefix), "endpoint": .optional(aws.endpoint?.text),
            ])
        }
    }
}

extension AdminConfiguration {
    fileprivate var shown: JSONValue {
        Shown.object([
            "bind": .array(binds.map(\.shown)),
            "token": token == nil ? .string(tokenPath) : Shown.secret(token),
            "public_url": .optional(publicURL?.text),
            "return_urls": Shown.texts(returnURLs.map(\.text)),
            "help_url": .optional(helpURL?.source), "confirm": .bool(confirm),
            "console": .bool(console), "metrics": .bool(metrics),
        ])
    }
}
