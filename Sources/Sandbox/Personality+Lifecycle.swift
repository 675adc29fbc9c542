import JSON

extension Personality {
    /// What happens to refresh tokens.
    static let refreshTokens: [Personality] = [
        Personality("plain", "a provider by the book; refresh tokens stay as they are") {
            $0 = Behaviour()
        },
        Personality("rotating", "refresh tokens work once; a second use revokes the whole family") {
            $0.refresh = .once(grace: 0, revokesFamily: true)
        },
        Personality("grace", "rotating, but a used refresh token still answers for 30 s") {
            $0.refresh = .once(grace: 30, revokesFamily: true)
        },
        Personality("one-use", "refresh tokens work once; a second use is refused, nothing more") {
            $0.refresh = .once(grace: 0, revokesFamily: false)
        },
        Personality("many", "a new refresh token each time, and the older ones go on working") {
            $0.refresh = .many
        },
        Personality("no-rotation", "the reply to a refresh leaves out refresh_token") {
            $0.refresh = .omitted
        },
        Personality("refresh-expiry", "refresh tokens end after a day, and the reply says so") {
            $0.refreshLifetime = 86_400
        },
        Personality("brief-refresh", "refresh tokens end after 10 s, and the reply says so") {
            $0.refreshLifetime = 10
        },
        Personality("kills-old-access", "a new access token ends the older ones of the family") {
            $0.killsOldAccess = true
        },
    ]

    /// How long access tokens live, and how the reply says it.
    static let lifetimes: [Personality] = [
        Personality("short-lived", "access tokens live 5 s") { $0.accessLifetime = 5 },
        Personality("half-minute", "access tokens live 30 s") { $0.accessLifetime = 30 },
        Personality("five-minutes", "access tokens live 300 s") { $0.accessLifetime = 300 },
        Personality("no-expiry", "no lifetime in the reply; access tokens live an hour") {
            $0.lifetimeForm = .absent
        },
        Personality("string-expiry", "expires_in is a string of digits") {
            $0.lifetimeForm = .string
        },
        Personality("fraction-expiry", "expires_in has a fraction") {
            $0.lifetimeForm = .fraction
        },
        Personality("millisecond-expiry", "expires_in counts milliseconds") {
            $0.lifetimeForm = .milliseconds
        },
        Personality("epoch-expiry", "expires_at in seconds since 1970, no expires_in") {
            $0.lifetimeForm = .atSeconds
        },
        Personality("epoch-millisecond-expiry", "expires_at in milliseconds since 1970") {
            $0.lifetimeForm = .atMilliseconds
        },
        Personality("iso-expiry", "expires_at as ISO 8601 text, no expires_in") {
            $0.lifetimeForm = .atISO8601
        },
        Personality("null-expiry", "expires_in is null") { $0.lifetimeForm = .words(.null) },
        Personality("zero-expiry", "expires_in is 0") { $0.lifetimeForm = .words(0) },
        Personality("negative-expiry", "expires_in is -1") { $0.lifetimeForm = .words(-1) },
        Personality("nonsense-expiry", "expires_in is a word") {
            $0.lifetimeForm = .words("soon")
        },
    ]
}
