/// Writes flat JSON objects of texts: the token calls of providers that want JSON.
enum JSONWriter {
    /// An object with a member for each name, in the order of first appearance.
    ///
    /// A name that comes several times gets an array of its values.
    static func object(_ items: [(String, String)]) -> [UInt8] {
        var names: [String] = []
        for (name, _) in items where !names.contains(name) { names.append(name) }
        let members = names.map { name in
            let values = items.filter { $0.0 == name }.map { string($0.1) }
            let single = values.count == 1 ? values.first : nil
            return "\(string(name)):\(single ?? "[\(values.joined(separator: ","))]")"
        }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    private static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
