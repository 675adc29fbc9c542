/// A form of an HTML page.
package struct WebForm {
    /// Where it goes; nil for the page's own URL.
    package var action: String?
    /// In lower case.
    package var method: String
    /// What its inputs hold.
    package var values: [(name: String, value: String)] = []
    /// The names and values of its buttons, none of which counts as pressed.
    package var buttons: [(name: String, value: String)] = []

    /// The forms of a page, in order.
    package static func all(in page: String) -> [WebForm] {
        var forms: [WebForm] = []
        for tag in tags(in: page) {
            switch tag.name {
            case "form":
                forms.append(
                    WebForm(
                        action: tag.attributes["action"].flatMap { $0.isEmpty ? nil : $0 },
                        method: tag.attributes["method"]?.lowercased() ?? "get"
                    )
                )
            case "input", "button":
                guard !forms.isEmpty, let name = tag.attributes["name"] else { continue }
                let item = (name: name, value: tag.attributes["value"] ?? "")
                let type = tag.attributes["type"]?.lowercased()
                if tag.name == "button" || type == "submit" {
                    forms[forms.count - 1].buttons.append(item)
                } else if type != "checkbox" && type != "radio"
                    || tag.attributes["checked"] != nil
                {
                    forms[forms.count - 1].values.append(item)
                }
            case _: continue
            }
        }
        return forms
    }

    /// Text as forms and queries carry it.
    package static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case _:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    /// What `encoded` encodes, and what browsers do.
    package static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: HTML

    private struct Tag {
        var name: String
        var attributes: [String: String]
    }

    private static func tags(in page: String) -> [Tag] {
        page.split(separator: "<").compactMap { piece in
            var rest = piece
            let name = rest.prefix { $0.isLetter }
            guard !name.isEmpty else { return nil }
            rest = rest.dropFirst(name.count)
            var attributes: [String: String] = [:]
            while true {
                rest = rest.drop { $0.isWhitespace || $0 == "/" }
                let key = rest.prefix { !$0.isWhitespace && !"=>/".contains($0) }
                guard !key.isEmpty else { break }
                rest = rest.dropFirst(key.count).drop { $0.isWhitespace }
                guard rest.first == "=" else {
                    attributes[key.lowercased()] = ""
                    continue
                }
                rest = rest.dropFirst().drop { $0.isWhitespace }
                let value: Substring
                if let quote = rest.first, quote == "\"" || quote == "'" {
                    value = rest.dropFirst().prefix { $0 != quote }
                    rest = rest.dropFirst(value.count + 2)
                } else {
                    value = rest.prefix { !$0.isWhitespace && $0 != ">" }
                    rest = rest.dropFirst(value.count)
                }
                attributes[key.lowercased()] = unescaped(String(value))
            }
            return Tag(name: name.lowercased(), attributes: attributes)
        }
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (entity, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"),
            ("&amp;", "&"),
        ] {
            text = text.replacing(entity, with: character)
        }
        return text
    }
}
