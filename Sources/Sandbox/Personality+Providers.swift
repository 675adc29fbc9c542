extension Personality {
    /// What real providers make of the standard, each named for the kind and not for the provider.
    static let providers: [Personality] = [
        Personality("client-key", "client_id is called client_key") {
            $0.parameterNames = ["client_id": "client_key"]
        },
        Personality("app-id", "app_id, secret and auth_code for client_id, client_secret and code")
        {
            $0.parameterNames = [
                "client_id": "app_id", "client_secret": "secret", "code": "auth_code",
            ]
            $0.callbackCode = "auth_code"
        },
        Personality("user-scope", "scopes are asked for as user_scope") {
            $0.parameterNames = ["scope": "user_scope"]
        },
        Personality("renamed-code", "the callback calls the code spapi_oauth_code") {
            $0.callbackCode = "spapi_oauth_code"
        },
        Personality("bearer-secret", "the client's secret as a bearer token, and nothing else") {
            $0.authentication = .bearer
        },
        Personality("callback-fields", "the callback tells of the account: realmId and others") {
            $0.addsCallbackFields = true
        },
        Personality("comma-scopes", "asked scopes are separated by commas, never by spaces") {
            $0.scopeSeparator = ","
        },
        Personality("requires-pkce", "no code without a PKCE challenge") { $0.pkce = .required },
        Personality("refuses-pkce", "no code with a PKCE challenge") { $0.pkce = .refused },
        Personality("asks-offline", "a refresh token only for who asks: access_type and the like") {
            $0.refreshNeedsAsking = true
        },
        Personality("asks-lifetime", "expires_in in the reply only if the call asked for it") {
            $0.lifetimeNeedsAsking = true
        },
        Personality("refresh-elsewhere", "refreshes are made at /refresh, and only there") {
            $0.refreshesElsewhere = true
        },
        Personality("account-credentials", "the grant account_credentials, not client_credentials")
        {
            $0.hasAccountGrant = true
        },
        Personality("account-members", "each reply tells of the account: api_domain and others") {
            $0.addsAccountMembers = true
        },
        Personality("form-unless-asked", "a form, unless Accept asks for JSON") {
            $0.replyForm = .formUnlessAsked
        },
        Personality("camel-credentials", "accessToken and expiresAt stand under credentials") {
            $0.replyForm = .camel("credentials")
        },
    ]
}
