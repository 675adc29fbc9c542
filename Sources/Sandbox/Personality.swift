/// One part that the scripted provider can play: a name, a line that explains it, and what it does.
///
/// Several may be played at once; a later one prevails over an earlier one where both say
/// something.
package struct Personality: Sendable {
    package let name: String
    /// One line for `attache sandbox --help`.
    package let summary: String
    /// What it changes of the plain behaviour.
    let apply: @Sendable (inout Behaviour) -> Void

    init(_ name: String, _ summary: String, _ apply: @escaping @Sendable (inout Behaviour) -> Void)
    {
        self.name = name
        self.summary = summary
        self.apply = apply
    }

    /// The personality of a name; `nil` if there is none.
    package static func named(_ name: String) -> Personality? {
        byName[name]
    }

    /// All personalities, in the order in which the help prints them.
    package static let all: [Personality] =
        refreshTokens + lifetimes + replies + clients + providers + failures + transport

    /// The table for `attache sandbox --help`: one line for each, names padded to one width.
    package static func help() -> String {
        let width = all.map(\.name.count).max() ?? 0
        return all.map { personality in
            let padding = String(repeating: " ", count: width - personality.name.count)
            return "  \(personality.name)\(padding)  \(personality.summary)\n"
        }.joined()
    }

    /// What personalities played at once add up to.
    static func behaviour(of personalities: [Personality]) -> Behaviour {
        var behaviour = Behaviour()
        for personality in personalities { personality.apply(&behaviour) }
        return behaviour
    }

    private static let byName = Dictionary(
        all.map { ($0.name, $0) },
        uniquingKeysWith: { first, _ in first }
    )
}
