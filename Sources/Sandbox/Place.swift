/// What a request's path asks for: which personalities, and what of them.
struct Place: Sendable {
    /// What stood before, `/p/NAME`; empty without.
    let prefix: String
    /// The path behind the prefix, split at its slashes, as it was sent.
    let segments: [String]
    let behaviour: Behaviour

    /// Reads a path; `nil` if it names a personality that does not exist.
    ///
    /// Metadata also answers where RFC 8414 section 3.1 puts it for an issuer with a path: the
    /// well-known segments first, the prefix behind them.
    init?(_ path: String, _ personalities: [Personality]) {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false)
            .dropFirst().map(String.init)
        if segments.count == 4, segments[0] == ".well-known", segments[2] == "p" {
            segments = [segments[2], segments[3], segments[0], segments[1]]
        }
        guard segments.count > 2, segments[0] == "p" else {
            prefix = ""
            self.segments = segments
            behaviour = Personality.behaviour(of: personalities)
            return
        }
        var named: [Personality] = []
        for name in segments[1].split(separator: "+", omittingEmptySubsequences: false).prefix(20) {
            guard let found = Personality.named(String(name)) else { return nil }
            named.append(found)
        }
        prefix = "/p/" + segments[1]
        self.segments = Array(segments.dropFirst(2))
        behaviour = Personality.behaviour(of: named)
    }
}
