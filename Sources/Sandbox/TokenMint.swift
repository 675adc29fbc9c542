import Crypto

/// Makes tokens, and reads back the refresh tokens that it made.
struct TokenMint: Sendable {
    /// Proves that a refresh token was made here.
    private let key = Secret(bytes: Random.bytes(32))

    /// A fresh access token with whatever the personality puts into it.
    func accessToken(_ form: Behaviour.TokenForm) -> String {
        let token = "at_" + Base64URL.encode(Random.bytes(24))
        switch form {
        case .plain: return token
        case .lineEnd: return token + "\r\nX-Injected: yes"
        case .null: return token + "\u{0}"
        case .punctuation: return "00D!" + token + "|x"
        case .long(let count):
            return token + String(repeating: "x", count: max(0, count - token.utf8.count))
        }
    }

    /// The refresh token of a family with that number.
    func refreshToken(family: String, number: Int) -> String {
        "rt_\(family)_\(number)_\(proof(family, number))"
    }

    /// The family and number of a refresh token; `nil` if it was not made here.
    func read(_ token: String) -> (family: String, number: Int)? {
        let parts = token.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "rt", let number = Int(parts[2]) else { return nil }
        let family = String(parts[1])
        let expected = Array(proof(family, number).utf8)
        guard ConstantTime.equal(expected, Array(parts[3].utf8)) else { return nil }
        return (family, number)
    }

    private func proof(_ family: String, _ number: Int) -> String {
        let code = HMACSHA256.code(for: Array("\(family) \(number)".utf8), key: key)
        return Base64URL.encode(Array(code.prefix(15)))
    }
}
