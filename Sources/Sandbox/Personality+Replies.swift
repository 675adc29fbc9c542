extension Personality {
    /// How good replies are laid out.
    static let replies: [Personality] = [
        Personality("form-reply", "the reply is form-encoded") { $0.replyForm = .form },
        Personality("mislabelled", "the reply is JSON that calls itself text/html") {
            $0.replyForm = .mislabelled
        },
        Personality("nested", "the token stands under authed_user, beside ok: true") {
            $0.replyForm = .nested("authed_user")
        },
        Personality("nested-data", "the token stands under data, beside ok: true") {
            $0.replyForm = .nested("data")
        },
        Personality("array-scope", "scope is an array") { $0.scopeForm = .array },
        Personality("comma-scope", "scope is separated by commas") { $0.scopeForm = .commas },
        Personality("plural-scope", "the scopes are called scopes") { $0.scopeForm = .plural },
        Personality("no-scope", "no scope in the reply") { $0.scopeForm = .absent },
        Personality("first-members", "instance_url and issued_at only in the first reply") {
            $0.addsFirstMembers = true
        },
        Personality("no-type", "no token_type in the reply") { $0.tokenType = nil },
        Personality("odd-type", "token_type is bot") { $0.tokenType = "bot" },
        Personality("lower-type", "token_type is bearer") { $0.tokenType = "bearer" },
        Personality("dpop-type", "token_type is DPoP") { $0.tokenType = "DPoP" },
        Personality("mac-type", "token_type is mac") { $0.tokenType = "mac" },
        Personality("punctuation", "access tokens hold ! and |") { $0.tokenForm = .punctuation },
        Personality("long-token", "access tokens are 4 KiB long") { $0.tokenForm = .long(4096) },
        Personality("bad-token-bytes", "access tokens hold CR LF and a header field") {
            $0.tokenForm = .lineEnd
        },
        Personality("null-in-token", "access tokens hold a NUL") { $0.tokenForm = .null },
    ]

    /// How clients must behave.
    static let clients: [Personality] = [
        Personality("strict-basic", "client authentication in the header only") {
            $0.authentication = .headerOnly
        },
        Personality("body-only", "client authentication in the body only") {
            $0.authentication = .bodyOnly
        },
        Personality("both-allowed", "client authentication in header and body at once is fine") {
            $0.authentication = .both
        },
        Personality("raw-basic", "id and secret in the header are compared without decoding") {
            $0.comparesRaw = true
        },
        Personality("json-body", "the token endpoint takes a JSON body only") {
            $0.parameters = .json
        },
        Personality("query-parameters", "the token endpoint takes its parameters in the query") {
            $0.parameters = .query
        },
        Personality("auto-consent", "the authorization endpoint grants without asking") {
            $0.consent = .granted
        },
        Personality("denies", "the authorization endpoint answers access_denied") {
            $0.consent = .denied
        },
    ]
}
