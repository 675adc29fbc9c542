extension HTTPDate {
    /// Reads a date in any of the three forms, in seconds since 1970; `nil` if it is none.
    ///
    /// What stands for the day of the week does not count. A two-digit year is the one nearest to
    /// `now`, at most 50 years ahead.
    package static func parse(_ text: String, now: Int) -> Int? {
        let words = text.split { " ,-".contains($0) }
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994.
        let order: (day: Int, month: Int, year: Int, time: Int)
        switch words.count {
        case 6 where words[5] == "GMT": order = (1, 2, 3, 4)
        case 5: order = (2, 1, 4, 3)
        case _: return nil
        }
        let clock = words[order.time].split(separator: ":", omittingEmptySubsequences: false)
            .map { number(Array($0.utf8)[...]) }
        guard let month = months.firstIndex(where: { $0.description == words[order.month] }),
            clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            let day = number(Array(words[order.day].utf8)[...]),
            var year = number(Array(words[order.year].utf8)[...])
        else { return nil }
        if words[order.year].utf8.count == 2 {
            let thisYear = civil(fromDay: whole(Double(now)) / 86_400).year
            year += thisYear / 100 * 100
            if year > thisYear + 50 { year -= 100 }
        }
        return seconds(year, month + 1, day, hour, minute, second)
    }

    /// Reads a date of ISO 8601, in seconds since 1970: `2026-11-21T10:00:00Z`, with a space for the
    /// `T`, with a fraction, with an offset or (believed to be UTC) without one; `nil` for anything
    /// else, and before 1970.
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
        return offset(Array(rest)).map { Double(time) + fraction - $0 }
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

    /// A number of one to four digits; `nil` for anything else.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 4, digits.allSatisfy({ $0 &- 0x30 < 10 }) else {
            return nil
        }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Seconds since 1970 of a date and time that exist.
    private static func seconds(
        _ year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int,
        _ minute: Int,
        _ second: Int
    ) -> Int? {
        guard year >= 1970, (1...12).contains(month), hour < 24, minute < 60, second <= 60 else {
            return nil
        }
        // Years begin in March here, so that a leap day is the last one.
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let number = era * 146_097 + dayOfEra - 719_468
        guard number >= 0, civil(fromDay: number) == (year, month, day) else { return nil }
        return number * 86_400 + hour * 3600 + minute * 60 + second
    }
}
