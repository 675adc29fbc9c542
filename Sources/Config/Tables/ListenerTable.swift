extension Tables {
    private static let pause = Duration.milliseconds(1)...Duration.seconds(86_400)

    static let listener = BlockRules(
        "a listener",
        [
            Rule("bind", .some, [.one("ADDRESS", .address)], options: [Option("mode", .mode)]),
            Rule("tls", .any, block: listenerTLS),
            Rule(
                "callers",
                .optional,
                [.one("required|off", .choice(["required", "off"]))]
            ),
            Rule("routes", .optional, [.one("on|off", .flag)]),
            Rule("connect_pages", .optional, [.one("on|off", .flag)]),
            Rule("hosts", .optional, [.rest("NAME", .hostName)]),
            Rule(
                "timeouts",
                options: [
                    Option("header", .duration(pause)),
                    Option("body", .duration(pause)),
                    Option("keepalive", .duration(pause)),
                ]
            ),
            Rule(
                "limits",
                options: [
                    Option("header", .size(1 << 10...64 << 10)),
                    Option("fields", .count(1...1000)),
                    Option("line", .size(256...64 << 10)),
                    Option("body", .size(1...1 << 50)),
                    Option("connections", .count(1...1_000_000)),
                    Option("min_rate", .size(0...1 << 30)),
                ]
            ),
        ]
    )

    static let listenerTLS = BlockRules(
        "tls",
        [
            Rule("certificate", .required, [.one("PATH", .pem)]),
            Rule("key", .required, [.one("PATH", .pem)]),
            Rule(
                "min_version",
                .optional,
                [
                    .one(
                        "VERSION",
                        .choice(ServerTLSConfiguration.Version.allCases.map(\.rawValue))
                    )
                ]
            ),
            Rule(
                "client_ca",
                .optional,
                [.one("PATH", .pem), .optional("required", .choice(["required"]))],
                .later
            ),
            Rule("server_name", .optional, [.rest("NAME", .hostName)]),
        ]
    )

    static let caller = BlockRules(
        "a caller",
        [
            Rule("token", .optional, [.one("SECRET", .secret)]),
            Rule("token_sha256", .optional, [.one("HEX", .hex(bytes: 32))]),
            Rule(
                "client_cert",
                options: [
                    Option("san", .text), Option("cn", .text), Option("sha256", .hex(bytes: 32)),
                ],
                .later
            ),
            Rule("tenants", .optional, [.rest("NAME", .tenant)]),
        ]
    )
}
