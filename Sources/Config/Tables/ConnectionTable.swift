import Crypto

extension Tables {
    private static let algorithms = SigningAlgorithm.allCases.map(\.rawValue)

    static let connection = BlockRules(
        "a connection",
        identity + endpoints + tokenCalls + connecting + traffic + tokenRules,
        filledBy: Filling.fill
    )

    private static let identity = [
        Rule("label", .optional, [.one("TEXT", .text)]),
        Rule("provider", .optional, [.one("NAME", .name)]),
        Rule("connector", .optional, [.one("DIR", .path)]),
        Rule("parameter", .any, [.one("NAME", .fieldName), .one("VALUE", .text)]),
        Rule("field", .any, [.one("NAME", .fieldName), .one("VALUE", .secret)]),
        Rule(
            "grant",
            .optional,
            [
                .one(
                    "KIND",
                    .choice(
                        [
                            "client_credentials", "authorization_code", "refresh_token",
                            "jwt_bearer", "password", "none",
                        ]
                    )
                )
            ]
        ),
        Rule("client_id", .optional, [.one("TEXT", .text)]),
        Rule("client_secret", .optional, [.one("SECRET", .secret)]),
        Rule("refresh_token", .optional, [.one("SECRET", .secret)]),
        Rule("username", .optional, [.one("TEXT", .secret)]),
        Rule("password", .optional, [.one("SECRET", .secret)]),
        Rule(
            "assertion",
            options: [
                Option("key", .pem, required: true),
                Option("alg", .choice(algorithms), required: true),
                Option("issuer", .text),
                Option("subject", .text),
                Option("audience", .text),
                Option("kid", .text),
                Option("lifetime", .duration(.seconds(1) ... .seconds(3600))),
            ]
        ),
        Rule("client_auth", forms: clientAuthentication),
    ]

    private static let clientAuthentication = [
        Form(
            "headers",
            options: [
                Option(
                    "encoding",
                    .choice(ClientAuthentication.Encoding.allCases.map(\.rawValue))
                )
            ]
        ),
        Form("body"),
        Form("both"),
        Form("none"),
        Form(
            "private_key_jwt",
            options: [
                Option("key", .pem, required: true),
                Option("alg", .choice(algorithms), required: true),
                Option("kid", .text),
                Option("aud", .text),
            ]
        ),
        Form(
            "tls",
            options: [
                Option("certificate", .pem, required: true), Option("key", .pem, required: true),
            ]
        ),
    ]

    private static let endpoints = [
        Rule("authorize_uri", .optional, [.one("URI", .uriTemplate)]),
        Rule("token_uri", .optional, [.one("URI", .uriTemplate)]),
        Rule("refresh_uri", .optional, [.one("URI", .uriTemplate)]),
        Rule("revoke_uri", .optional, [.one("URI", .uriTemplate)]),
        Rule("issuer", .optional, [.one("URI", .uri)]),
        Rule("redirect_uri", .optional, [.one("URI", .uri)]),
        Rule("scopes", .optional, [.rest("WORD", .text)]),
        Rule("scope_separator", .optional, [.one("TEXT", .text)]),
    ]

    private static let tokenCalls = [
        Rule("resource", .any, [.one("URI", .uri)]),
        Rule("token_param", .any, [.one("NAME", .text), .one("VALUE", .secret)]),
        Rule("refresh_param", .any, [.one("NAME", .text), .one("VALUE", .secret)]),
        Rule("token_header", .any, [.one("NAME", .ownHeaderName), .one("VALUE", .secret)]),
        Rule("rename", .any, [.one("NAME", .text), .one("NEWNAME", .text)]),
        Rule(
            "token_body",
            .optional,
            [.one("KIND", .choice(TokenCallConfiguration.Body.allCases.map(\.rawValue)))]
        ),
        Rule("token_field", .any, [.one("NAME", .fieldName), .one("PATH", .text)]),
        Rule(
            "expires_unit",
            .optional,
            [.one("UNIT", .choice(TokenCallConfiguration.ExpiresUnit.allCases.map(\.rawValue)))]
        ),
        Rule("keep", .any, [.rest("FIELD", .fieldName)]),
    ]

    private static let connecting = [
        Rule("pkce", .optional, [.one("on|off", .flag)]),
        Rule("refresh", .optional, [.one("on|off", .flag)]),
        Rule("extra", .any, [.one("NAME", .text), .one("VALUE", .anyText)]),
        Rule(
            "callback_param",
            .any,
            [.one("code|state", .choice(["code", "state"])), .one("NAME", .text)]
        ),
        Rule("callback_keep", .any, [.rest("NAME", .fieldName)]),
        Rule(
            "lookup",
            .any,
            [.one("METHOD", .method), .one("URI", .uriTemplate), .rest("NAME=PATH", .assignment)]
        ),
        Rule(
            "test",
            .optional,
            [.one("METHOD", .method), .one("PATH", .absolutePath)],
            options: [Option("expect", .count(100...599))]
        ),
    ]

    private static let traffic = [
        Rule(
            "upstream",
            options: [
                Option("connections", .count(1...1_000_000)),
                Option("queue", .count(0...10_000_000)),
                Option("queue_timeout", .duration(.zero ... .seconds(3600))),
                Option("idle", .duration(.zero ... .seconds(86_400))),
            ]
        ),
        Rule("api_client", block: apiClient),
    ]

    static let apiClient = BlockRules(
        "an api_client",
        [
            Rule("base_uri", .optional, [.one("TEMPLATE", .uriTemplate)]),
            Rule("allow_hosts", .optional, [.rest("PATTERN", .hostPattern)]),
            Rule("header", .any, [.one("NAME", .ownHeaderName), .one("TEMPLATE", .template)]),
            Rule(
                "default_header",
                .any,
                [.one("NAME", .ownHeaderName), .one("TEMPLATE", .template)]
            ),
            Rule("query", .any, [.one("NAME", .text), .one("TEMPLATE", .template)]),
            Rule(
                "tls",
                options: [
                    Option("ca", .path), Option("certificate", .path), Option("key", .path),
                    Option("server_name", .hostName),
                ]
            ),
        ]
    )
}
