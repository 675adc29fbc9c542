import Config

/// What is known of a provider by its documentation, against which its entry in the catalogue is
/// run: not read from that entry.
struct ProviderFacts: Sendable {
    /// Where the client's credentials stand in token calls.
    enum Authentication: String, Sendable {
        case basic, body
    }

    /// How the sandbox must act to be like it.
    var personalities: [String]
    var authentication: Authentication
    /// Whether a token is refreshed with a refresh token.
    var refreshes = true
    /// What separates scopes.
    var separator = " "
    /// Whether PKCE is used; `nil`: either is fine.
    var pkce: Bool?
    /// Authorize parameters that must be there.
    var asks: [String: String] = [:]
    /// The header that carries the token, which `*` stands for.
    var header = "Authorization: Bearer *"
    /// Fields that must be known of the account afterwards.
    var keeps: [String] = []
    /// How long the token lives by its reply; `nil`: nobody said.
    var life: Double? = 3600
    /// What a person writes besides.
    var own = ""
    /// What the account is called where not every name would do.
    var account: String?

    init(_ personalities: String = "", _ authentication: Authentication) {
        self.personalities = personalities.split(separator: " ").map(String.init)
        self.authentication = authentication
    }

    /// The same with changes.
    func with(_ change: (inout ProviderFacts) -> Void) -> ProviderFacts {
        var copy = self
        change(&copy)
        return copy
    }

    /// A provider whose tokens do not end, without refresh tokens.
    static func lasting(_ personalities: String, _ authentication: Authentication) -> Self {
        // Who is not asked for a refresh token gives none.
        ProviderFacts("no-expiry asks-offline \(personalities)", authentication).with {
            $0.refreshes = false
            $0.life = nil
        }
    }

    private static func commas(_ facts: ProviderFacts) -> ProviderFacts {
        facts.with {
            $0.personalities.append("comma-scopes")
            $0.separator = ","
        }
    }

    /// The providers by name.
    static let all: [String: ProviderFacts] = first.merging(second) { one, _ in one }

    private static let first: [String: ProviderFacts] = [
        "airtable": ProviderFacts("requires-pkce refresh-expiry", .basic),
        "amazon-sp": ProviderFacts("renamed-code callback-fields refuses-pkce", .body).with {
            $0.header = "x-amz-access-token: *"
            $0.keeps = ["selling_partner_id"]
            $0.own = "extra application_id amzn1.app;"
            $0.asks = ["application_id": "amzn1.app"]
        },
        "atlassian": ProviderFacts("rotating asks-offline", .body).with {
            $0.asks = ["audience": "api.atlassian.com", "prompt": "consent"]
        },
        "attio": .lasting("", .body),
        "auth0": ProviderFacts("asks-offline", .body).with { $0.account = "acme.eu.auth0.com" },
        "bamboohr": ProviderFacts("asks-offline refuses-pkce", .body),
        "bigcommerce": .lasting("callback-fields", .body).with {
            $0.header = "X-Auth-Token: *"
            $0.keeps = ["context"]
        },
        "bitbucket": ProviderFacts("rotating plural-scope", .basic),
        "box": ProviderFacts("one-use refresh-expiry", .body),
        "braintree": commas(
            ProviderFacts("json-body camel-credentials callback-fields iso-expiry", .basic).with {
                $0.keeps = ["merchantId"]
            }
        ),
        "bullhorn": ProviderFacts("rotating", .body).with { $0.header = "BhRestToken: session" },
        "calendly": ProviderFacts("one-use", .body),
        "canva": ProviderFacts("one-use requires-pkce", .basic),
        "clickup": .lasting("", .body),
        "docusign": ProviderFacts("", .basic).with { $0.keeps = ["base_uri", "account_id"] },
        "dropbox": ProviderFacts("asks-offline no-rotation account-members", .basic).with {
            $0.asks = ["token_access_type": "offline"]
            $0.keeps = ["account_id"]
        },
        "ebay": ProviderFacts("refuses-pkce", .basic),
        "eventbrite": .lasting("refuses-pkce", .body),
        "exact": ProviderFacts("one-use", .body).with { $0.account = "nl" },
        "facebook": .lasting("", .body),
        "figma": commas(ProviderFacts("refresh-elsewhere", .basic)),
        "fiserv": ProviderFacts("millisecond-expiry", .basic),
        "github": .lasting("form-unless-asked comma-scope", .body),
        "github-app": ProviderFacts("form-unless-asked rotating kills-old-access", .body),
        "gitlab": ProviderFacts("one-use kills-old-access", .body),
        "gong": ProviderFacts("refuses-pkce account-members", .basic).with {
            $0.keeps = ["api_base_url_for_customer"]
        },
        "google": ProviderFacts("asks-offline no-rotation", .body).with {
            $0.asks = ["access_type": "offline", "prompt": "consent"]
        },
        "hubspot": ProviderFacts("", .body),
        "instagram": commas(.lasting("refuses-pkce", .body)),
        "intercom": .lasting("", .body),
        "klaviyo": ProviderFacts("requires-pkce", .basic),
        "lightspeed": ProviderFacts("callback-fields rotating", .body).with {
            $0.keeps = ["domain_prefix"]
        },
        "linear": commas(ProviderFacts("one-use", .body)),
        "linkedin": ProviderFacts("refuses-pkce asks-offline", .body).with { $0.refreshes = false },
        "mailchimp": .lasting("zero-expiry", .body),
        "make": ProviderFacts("five-minutes", .body).with { $0.life = 300 },
        "microsoft": ProviderFacts("asks-offline many", .body),
    ]

    private static let second: [String: ProviderFacts] = [
        "miro": ProviderFacts("query-parameters", .body),
        "monday": .lasting("refuses-pkce", .body),
        "netsuite": ProviderFacts("", .basic),
        "notion": ProviderFacts("json-body rotating no-expiry account-members", .basic).with {
            $0.asks = ["owner": "user"]
            $0.keeps = ["workspace_id"]
            $0.life = nil
        },
        "okta": ProviderFacts("asks-offline", .basic).with { $0.account = "acme.okta.com" },
        "paypal": ProviderFacts("string-expiry", .basic),
        "pennylane": ProviderFacts("rotating", .body),
        "pinterest": commas(ProviderFacts("", .basic)),
        "pipedrive": ProviderFacts("account-members comma-scope", .basic).with {
            $0.keeps = ["api_domain"]
        },
        "quickbooks": ProviderFacts("callback-fields rotating", .basic).with {
            $0.keeps = ["realmId"]
        },
        "reddit": ProviderFacts("asks-offline", .basic).with {
            $0.asks = ["duration": "permanent"]
        },
        "sage": ProviderFacts("one-use five-minutes", .body).with { $0.life = 300 },
        "salesforce": ProviderFacts("no-expiry first-members asks-offline", .body).with {
            $0.keeps = ["instance_url", "issued_at"]
            $0.life = nil
        },
        "servicenow": ProviderFacts("", .body),
        "shopify": commas(ProviderFacts("comma-scope rotating refuses-pkce", .body)).with {
            $0.header = "X-Shopify-Access-Token: *"
        },
        "slack": commas(.lasting("comma-scope refuses-pkce", .basic)),
        "slack-user": commas(.lasting("nested user-scope comma-scope refuses-pkce", .basic)),
        "snowflake": ProviderFacts("rotating kills-old-access asks-offline", .basic),
        "soundcloud": ProviderFacts("requires-pkce one-use", .body).with {
            $0.header = "Authorization: OAuth *"
        },
        "spotify": ProviderFacts("no-rotation", .basic),
        "square": ProviderFacts("iso-expiry refuses-pkce account-members", .body).with {
            $0.keeps = ["merchant_id"]
        },
        "strava": commas(ProviderFacts("rotating", .body)),
        "stripe": ProviderFacts("no-expiry refuses-pkce", .body).with { $0.life = nil },
        "stripe-apps": ProviderFacts("bearer-secret no-expiry rotating refuses-pkce", .basic).with {
            $0.own = "token_header Authorization \"Bearer demo-secret\";"
            $0.life = nil
        },
        "surveymonkey": .lasting("", .body),
        "tiktok": commas(ProviderFacts("client-key refresh-expiry refuses-pkce", .body)),
        "tiktok-ads": .lasting("app-id json-body nested-data", .body).with {
            $0.header = "Access-Token: *"
        },
        "todoist": commas(.lasting("", .body)),
        "twitch": ProviderFacts("array-scope lower-type", .body),
        "vimeo": .lasting("", .basic),
        "wordpress": .lasting("", .body),
        "wrike": commas(ProviderFacts("account-members rotating", .body)).with {
            $0.keeps = ["host"]
        },
        "x": ProviderFacts("requires-pkce asks-offline one-use", .basic),
        "xero": ProviderFacts("asks-offline grace", .basic).with { $0.keeps = ["xero_tenant_id"] },
        "zendesk": ProviderFacts("asks-lifetime", .body),
        "zoho": commas(
            ProviderFacts("asks-offline no-rotation callback-fields account-members", .body)
        ).with {
            $0.asks = ["access_type": "offline", "prompt": "consent"]
            $0.keeps = ["accounts-server", "api_domain"]
            $0.header = "Authorization: Zoho-oauthtoken *"
        },
        "zoom": commas(ProviderFacts("one-use", .basic)),
        "zoom-server": ProviderFacts("account-credentials", .basic),
    ]
}
