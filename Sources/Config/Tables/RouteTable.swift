extension Tables {
    private static let pause = Duration.milliseconds(1)...Duration.seconds(86_400)
    private static let bodySize = 1...1 << 50

    static let route = BlockRules("a route", target + access + rewriting)

    private static let target = [
        Rule("connection", .required, [.one("NAME|*", .nameOrStar)]),
        Rule("listeners", .optional, [.rest("NAME", .text)]),
        Rule("base_uri", .optional, [.one("URI", .uri)]),
        Rule(
            "tenant",
            forms: [
                Form("none"),
                Form(
                    "header",
                    [
                        .one("NAME", .ownHeaderName), .optional("required", .choice(["required"])),
                    ]
                ),
                Form("path"),
                Form("caller"),
                Form("fixed", [.one("NAME", .tenant)]),
            ]
        ),
        Rule(
            "limits",
            options: [
                Option("body", .size(bodySize)),
                Option("rate", .rate, .later),
                Option("burst", .count(0...1_000_000), .later),
                Option("concurrent", .count(1...1_000_000), .later),
            ]
        ),
        Rule(
            "timeouts",
            options: [
                Option("connect", .duration(pause)),
                Option("first_byte", .duration(pause)),
                Option("idle", .duration(pause)),
            ]
        ),
    ]

    private static let access = [
        Rule("callers", .optional, [.rest("NAME", .name)]),
        Rule("methods", .optional, [.rest("NAME", .method)]),
        Rule("allow", .optional, [.rest("PATTERN", .pathPattern)]),
        Rule("deny", .optional, [.rest("PATTERN", .pathPattern)]),
        Rule("origins", .optional, [.rest("ORIGIN", .origin)], .later),
        Rule(
            "encoded_slash",
            .optional,
            [.one("refuse|pass", .choice(["refuse", "pass"]))]
        ),
        Rule("cookies", .optional, [.one("drop|pass", .choice(["drop"], later: ["pass"]))]),
    ]

    private static let rewriting = [
        Rule("header", .any, [.one("NAME", .ownHeaderName), .one("TEMPLATE", .template)]),
        Rule("drop_headers", .any, [.rest("NAME", .headerName)]),
        Rule(
            "on_401",
            .optional,
            [.one("refresh|pass", .choice(RouteConfiguration.On401.allCases.map(\.rawValue)))]
        ),
        Rule("via", .optional, [.one("on|off", .flag)]),
        Rule("buffer_request", .optional, [.one("SIZE", .size(1...64 << 20))], .later),
        Rule(
            "rewrite_headers",
            .optional,
            [.one("on|off", .choice(["off"], later: ["on"]))]
        ),
        Rule(
            "rewrite_body",
            .any,
            [.one("URI", .uri)],
            options: [Option("to", .prefix)],
            .later
        ),
        Rule(
            "rewrite_events",
            .optional,
            [.one("on|off", .choice(["off"], later: ["on"]))]
        ),
    ]
}
