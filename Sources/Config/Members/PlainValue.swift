/// Tells which of the values that people may write under any name are known to be harmless.
///
/// It rules what `GET /config` shows of headers, parameters and the like, and what of a connection
/// lies open in the registry's file: there, whatever is not known counts as a secret, under whatever
/// name. And it rules which kept fields of a credential are shown.
package enum PlainValue {
    /// What is shown in the place of a secret.
    package static let mask = "***"

    /// Last words of names under which nobody keeps a secret.
    private static let names: Set<String> = [
        "accept", "account", "agent", "audience", "charset", "cloudid", "cluster",
        "context", "control", "country", "currency", "customer", "datacenter", "dc", "display",
        "domain", "duration", "edition", "email", "encoding", "endpoint", "env", "environment",
        "filter", "format", "hint", "host", "hostname", "id", "instance", "label", "lang",
        "language", "limit", "locale", "location", "method", "mode", "name", "namespace", "org",
        "organization", "owner", "platform", "prefer", "prefix", "project", "prompt", "provider",
        "realm", "region", "resource", "revision", "role", "scope", "scopes", "server", "shop",
        "site", "stage", "status", "store", "subdomain", "suffix", "team", "tenant", "timezone",
        "type", "uri", "url", "user", "version", "workspace", "zone",
    ]
    /// Those of them that say something harmless of whatever stands before them: `token_type`.
    private static let attributes: Set<String> = ["format", "limit", "mode", "type", "version"]
    /// Words that make a name one of a secret: `session_id`, `webhook_url`.
    private static let secretive: Set<String> = [
        "assertion", "auth", "authorization", "code", "cookie", "credential", "credentials", "hook",
        "jwt", "key", "oauth", "otp", "pass", "passphrase", "passwd", "password", "pin", "private",
        "psk",
        "pwd", "secret", "session", "sig", "signature", "token", "webhook",
    ]
    /// What stands around fields in headers.
    private static let schemes: Set<String> = [
        "api-key", "apikey", "basic", "bearer", "key", "oauth", "token", "zoho-oauthtoken",
    ]

    /// Whether a value is known to be harmless under a name.
    package static func isPlain(_ name: String, _ value: String) -> Bool {
        value.isEmpty || isMadeOfNames(value) || isPlain(name: name) && !isLink(value)
    }

    /// Whether a field of an account may be shown: what the operator chose to keep of a
    /// provider's reply, or was given with the account.
    ///
    /// Such fields are there to tell accounts apart, whatever they are called; not shown is what its
    /// name or its look gives away as a secret.
    package static func mayShow(kept name: String, _ value: String) -> Bool {
        isPlain(name, value)
            || !isSecretive(name) && !isLink(value) && !isRandom(value)
    }

    /// Whether a name says that a secret stands under it: `id_token`, `APIKEY`.
    static func isSecretive(_ name: String) -> Bool {
        let words = words(of: name)
        return words.isEmpty
            || words.contains { word in secretive.contains { word.hasSuffix($0) } }
    }

    /// Whether a part of a value looks drawn by chance, longer than the parts of a UUID.
    private static func isRandom(_ value: String) -> Bool {
        value.split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.contains { part in
            part.count >= 16 && part.contains(where: \.isNumber) && part.contains(where: \.isLetter)
        }
    }

    /// Whether a template says nothing but the names of fields, and how they are to be understood:
    /// `Bearer {{access_token}}`.
    static func isMadeOfNames(_ text: String) -> Bool {
        guard text.contains("{{"), let template = try? Template(text) else { return false }
        return template.pieces.allSatisfy { piece in
            switch piece {
            case .literal(let text): isScheme(text)
            case .field(let field): field.fallback == nil
            case .basic(let user, let password): isName(user) && isName(password)
            }
        }
    }

    /// Whether a text is nothing but schemes and what parts them.
    static func isScheme(_ text: String) -> Bool {
        text.lowercased().split { " \t=:,;\"".contains($0) }.allSatisfy {
            schemes.contains(String($0))
        }
    }

    private static func isName(_ operand: Template.Operand) -> Bool {
        switch operand {
        case .field: true
        // What providers want in the place of a password that there is not.
        case .text(let text): text.utf8.count <= 1
        }
    }

    private static func isPlain(name: String) -> Bool {
        let words = words(of: name)
        guard let last = words.last, names.contains(last) else { return false }
        return attributes.contains(last) || secretive.isDisjoint(with: words)
    }

    /// Whether what holds a URL holds more than a place: a query, a name and password, a key.
    private static func isLink(_ value: String) -> Bool {
        value.contains("://") && value.contains { "?#@=;".contains($0) }
    }

    /// The words of a name in lower case: `X-Shop-Id`, `realmId` and `dc_2` are two or three each.
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in name {
            let isPart = character.isASCII && (character.isLetter || character.isNumber)
            if !isPart || character.isUppercase && wasLower {
                words.append(word)
                word = ""
            }
            if isPart { word += character.lowercased() }
            wasLower = isPart && !character.isUppercase
        }
        return (words + [word]).filter { !$0.isEmpty }
    }
}
