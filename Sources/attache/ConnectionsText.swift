import JSON

/// The admin API's answers as people read them.
enum ConnectionsText {
    private static let columns = [
        ("NAME", "name"), ("TENANT", "tenant"), ("SOURCE", "source"), ("GRANT", "grant"),
        ("STATE", "state"), ("EXPIRES", "expires_at"), ("LAST ERROR", "last_error.message"),
    ]

    /// What is printed of an answer.
    static func text(of answer: JSONValue, _ wish: ConnectionsCommand.Wish) -> String {
        switch wish.action {
        case .list: return table(answer)
        case .connect: return "\(answer["authorization_url"]?.scalarText ?? "")\n"
        case .delete: return "deleted \(wish.name)\n"
        case .test: return "\(plain(answer["message"]))\n"
        case .refresh: return lines(answer["connection"] ?? .null)
        case .show, .import, .revoke: return lines(answer)
        }
    }

    private static func table(_ answer: JSONValue) -> String {
        guard case .array(let items)? = answer["connections"] else { return "" }
        let rows =
            [columns.map(\.0)]
            + items.map { item in columns.map { plain(item.value(at: $0.1)) } }
        let widths = columns.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    /// A line for each member that has a value.
    private static func lines(_ answer: JSONValue) -> String {
        guard case .object(let members) = answer else { return "" }
        let width = members.map(\.name.count).max() ?? 0
        return members.compactMap { member -> String? in
            guard member.value != .null else { return nil }
            let gap = String(repeating: " ", count: width - member.name.count)
            return "\(member.name)\(gap)  \(plain(member.value))\n"
        }.joined()
    }

    /// A value on one line, without what a terminal would obey.
    private static func plain(_ value: JSONValue?) -> String {
        let text: String
        switch value {
        case nil, .null: text = "-"
        case .string(let own): text = own
        case .array(let items): text = items.map(plain).joined(separator: " ")
        case .object(let members):
            text = members.map { "\($0.name)=\(plain($0.value))" }.joined(separator: " ")
        case .bool, .number: text = value?.text ?? ""
        }
        let isSafe: (Unicode.Scalar) -> Bool = {
            $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter(isSafe)))
    }
}
