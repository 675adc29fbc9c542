/// Dates as providers write them, in seconds since 1970 (proleptic Gregorian calendar, UTC).
package enum CivilTime {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// A date of ISO 8601: `2026-11-21T10:00:00Z`, with a space for the `T`, with a fraction, with
    /// an offset or (believed to be UTC) without one; `nil` for anything else.
    package static func iso8601(_ text: String) -> Double? {
        let text = Array(text.utf8)
        guard text.count >= 19, text.count <= 40, text[4] == UInt8(ascii: "-"),
            text[7] == UInt8(ascii: "-"), "Tt ".utf8.contains(text[10]),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(text[0..<4]), let month = number(text[5..<7]),
            let day = number(text[8..<10]), let hour = number(text[11..<13]),
            let minute = number(text[14..<16]), let second = number(text[17..<19]),
            let time = seconds(year, month, day, hour, minute, second)
        else { return nil }
        var rest = text[19...]
        var fraction = 0.0
        if let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") {
            let digits = rest.dropFirst().prefix { $0 &- 0x30 < 10 }
            guard !digits.isEmpty,
                let value = Double("0." + String(decoding: digits, as: UTF8.self))
            else { return nil }
            fraction = value
            rest = rest.dropFirst(1 + digits.count)
        }
        return offset(Array(rest)).map { time + fraction - $0 }
    }

    /// Seconds east of Greenwich: nothing, `Z`, `+01`, `+0100` or `+01:00`.
    private static func offset(_ text: [UInt8]) -> Double? {
        guard let sign = text.first else { return 0 }
        if text == [UInt8(ascii: "Z")] || text == [UInt8(ascii: "z")] { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 2 || digits.count == 4, let hours = number(digits.prefix(2)),
            let minutes = digits.count == 4 ? number(digits.suffix(2)) : 0, hours < 24,
            minutes < 60
        else { return nil }
        let seconds = Double(hours * 3600 + minutes * 60)
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    /// A date of HTTP (RFC 9110 section 5.6.7), in its present form and the two old ones.
    package static func httpDate(_ text: String) -> Double? {
        let words = text.split { " ,-".contains($0) }.map { $0.lowercased() }
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994.
        let order: (day: Int, month: Int, year: Int, time: Int)
        switch words.count {
        case 6 where words[5] == "gmt": order = (1, 2, 3, 4)
        case 5: order = (2, 1, 4, 3)
        default: return nil
        }
        let clock = words[order.time].split(separator: ":").map { number(Array($0.utf8)[...]) }
        guard let month = months.firstIndex(of: words[order.month]), clock.count == 3,
            let hour = clock[0], let minute = clock[1], let second = clock[2],
            let day = number(Array(words[order.day].utf8)[...]),
            var year = number(Array(words[order.year].utf8)[...])
        else { return nil }
        // Two digits are never more than 50 years ahead (RFC 9110 section 5.6.7).
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        return seconds(year, month + 1, day, hour, minute, second)
    }

    /// A number of one to four digits; `nil` for anything else.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 4, digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func seconds(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int,
        _ minute: Int,
        _ second: Int
    ) -> Double? {
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        // Years begin in March here, so that a leap day is the last one.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Double(days * 86_400 + hour * 3600 + minute * 60 + second)
    }
}
