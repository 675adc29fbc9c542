/// Finds what somebody who mistyped a word may have meant.
enum NearestWord {
    /// The known word nearest to a word, if one is near.
    static func find(_ word: String, among known: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().utf8)
        // Nobody mistypes a word that long, and the table below grows with it.
        guard !letters.isEmpty, letters.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let other = Array(candidate.lowercased().utf8)
            let longest = max(letters.count, other.count)
            // Any two letters are near each other; that says nothing.
            guard longest > 2 else { continue }
            let limit = max(1, min(3, longest / 3))
            let distance = distance(letters, other)
            guard distance <= limit else { continue }
            let isNearer = best.map { (distance, candidate) < ($0.distance, $0.word) } ?? true
            if isNearer { best = (candidate, distance) }
        }
        return best?.word
    }

    /// The end of a message: ` (did you mean 'x'?)`, or nothing.
    static func hint(for word: String, among known: some Sequence<String>) -> String {
        find(word, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...other.count)
        for (row, letter) in one.enumerated() {
            var current = [row + 1]
            for (column, wanted) in other.enumerated() {
                let replaced = last[column] + (letter == wanted ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == other[column - 1], one[row - 1] == wanted {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            before = last
            last = current
        }
        return last[other.count]
    }
}
