/// The tables, in the order of the interface.
enum Tables {
    private static let day = Duration.seconds(86_400)

    /// What may stand outside of all blocks.
    static let top = BlockRules(
        "the top level",
        [
            Rule("include", .any, [.one("GLOB", .text)]),
            Rule("threads", .optional, [.one("N", .countOrAuto(1...1024))]),
            Rule(
                "shutdown",
                options: [
                    Option("delay", .duration(.zero ... .seconds(3600))),
                    Option("grace", .duration(.zero...day)),
                ]
            ),
            Rule(
                "log",
                .optional,
                [
                    .one("PATH", .path(orWords: ["stderr"])),
                    .optional("LEVEL", .choice(LogConfiguration.Level.allCases.map(\.rawValue))),
                    .optional("FORMAT", .choice(LogConfiguration.Format.allCases.map(\.rawValue))),
                ]
            ),
            Rule(
                "access_log",
                .optional,
                [
                    .one("PATH", .path(orWords: ["stdout", "off"])),
                    .optional(
                        "FORMAT",
                        .choice(AccessLogConfiguration.Format.allCases.map(\.rawValue))
                    ),
                ]
            ),
            Rule("listen", .any, [.one("ADDRESS", .address)]),
            Rule("listener", .any, [.one("NAME", .name)], block: listener),
            Rule("caller", .any, [.one("NAME", .name)], block: caller),
            Rule("connection", .any, [.one("NAME", .name)], block: connection),
            Rule(
                "route",
                .any,
                [.one("PREFIX", .prefix)],
                options: [Option("host", .hostName)],
                block: route
            ),
            Rule("vault", forms: vaults),
            Rule("tokens", block: tokens),
            Rule("admin", block: admin),
        ]
    )

    /// Every kind of block, to tell where a misplaced directive belongs.
    static let all: [BlockRules] =
        [top, listener, listenerTLS, caller, connection, apiClient, route, tokens, admin]
        + vaults.compactMap(\.block)

    private static let vaults = [
        Form(
            "file",
            block: BlockRules(
                "a file vault",
                [
                    Rule("path", .optional, [.one("PATH", .path)]),
                    Rule("key", .optional, [.one("SECRET", .secret)]),
                    Rule("previous_key", .optional, [.one("SECRET", .secret)]),
                ]
            )
        ),
        Form(
            "redis",
            block: BlockRules(
                "a redis vault",
                [
                    Rule("url", .required, [.one("URL", .secret)]),
                    Rule("prefix", .optional, [.one("TEXT", .text)]),
                    Rule("key", .required, [.one("SECRET", .secret)]),
                ]
            ),
            .later
        ),
        Form(
            "aws_secrets_manager",
            block: BlockRules(
                "an AWS vault",
                [
                    Rule("region", .required, [.one("NAME", .text)]),
                    Rule("prefix", .optional, [.one("TEXT", .text)]),
                    Rule("endpoint", .optional, [.one("URI", .uri)]),
                ]
            ),
            .later
        ),
    ]

    /// The rules of refreshing: in `tokens`, and in each connection.
    static let tokenRules = [
        Rule("refresh_before", .optional, [.one("DURATION", .duration(.zero...day))]),
        Rule("refresh_share", .optional, [.one("PERCENTAGE", .percentage(1...100))]),
        Rule("refresh_wait", .optional, [.one("DURATION", .duration(.zero ... .seconds(300)))]),
        Rule(
            "request_timeout",
            .optional,
            [.one("DURATION", .duration(.milliseconds(1) ... .seconds(600)))]
        ),
        Rule(
            "failure_backoff",
            .optional,
            [.one("DURATION..DURATION", .durations(.milliseconds(1)...day))]
        ),
        Rule(
            "min_forced_interval",
            .optional,
            [.one("DURATION", .duration(.zero ... .seconds(3600)))]
        ),
        Rule(
            "assume_lifetime",
            .optional,
            [.one("DURATION", .duration(.seconds(1)...day * 3650))]
        ),
        Rule(
            "keep_alive",
            .optional,
            [.one("DURATION", .durationOrOff(.seconds(1)...day * 365))]
        ),
        Rule("concurrency", .optional, [.one("N", .count(1...10_000))]),
    ]

    static let tokens = BlockRules("tokens", tokenRules)

    static let admin = BlockRules(
        "admin",
        [
            Rule("bind", .some, [.one("ADDRESS", .address)], options: [Option("mode", .mode)]),
            Rule("token", .optional, [.one("SECRET", .secret)]),
            Rule("public_url", .optional, [.one("URI", .uri)]),
            Rule("hosts", .optional, [.rest("NAME", .hostName)]),
            Rule("return_urls", .optional, [.rest("URI", .uri)]),
            Rule("help_url", .optional, [.one("TEMPLATE", .uriTemplate)]),
            Rule("confirm", .optional, [.one("on|off", .flag)]),
            Rule("console", .optional, [.one("on|off", .choice(["off"], later: ["on"]))]),
            Rule("metrics", .optional, [.one("on|off", .choice(["off"], later: ["on"]))]),
        ]
    )
}
