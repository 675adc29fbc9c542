/// Dates as HTTP writes them (RFC 9110 section 5.6.7), without a calendar library.
package enum HTTPDate {
    /// How many bytes a written date has.
    package static let length = 29

    private static let days: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    /// The last second of the year 9999, the last one that can be written.
    private static let last = 253_402_300_799

    /// The date of so many seconds since 1970 in the preferred form; years 1970 to 9999 only, what
    /// lies outside is written as the nearest of them.
    package static func bytes(secondsSince1970 seconds: Int) -> [UInt8] {
        let moment = min(max(0, seconds), last)
        let day = moment / 86_400
        let second = moment % 86_400
        let (year, month, dayOfMonth) = civil(fromDay: day)
        var text: [UInt8] = []
        text.reserveCapacity(length)
        append(days[day % 7], to: &text)
        text += [UInt8(ascii: ","), Octet.space]
        append(dayOfMonth, to: &text)
        text.append(Octet.space)
        append(months[month - 1], to: &text)
        text.append(Octet.space)
        append(year / 100, to: &text)
        append(year % 100, to: &text)
        text.append(Octet.space)
        append(second / 3_600, to: &text)
        text.append(Octet.colon)
        append(second / 60 % 60, to: &text)
        text.append(Octet.colon)
        append(second % 60, to: &text)
        append(" GMT", to: &text)
        return text
    }

    /// Reads a date in any of the three forms; `nil` if it is none.
    ///
    /// A two-digit year of the obsolete form is the one nearest to `now`, at most 50 years ahead.
    package static func parse(_ text: String, now: Int) -> Int? {
        let words = text.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0 == " " }
        )
        if words.count == 4, words[3] == "GMT" {
            return parseObsolete(words, now: now)
        }
        if words.count == 6, words[5] == "GMT" {
            guard words[0].utf8.count == 4, words[0].last == ",", isDay(words[0].dropLast()),
                let day = number(words[1], digits: 2), let month = month(words[2]),
                let year = number(words[3], digits: 4), let time = time(words[4])
            else { return nil }
            return seconds(year, month, day, time)
        }
        return parseC(words)
    }

    /// Reads `Sunday, 06-Nov-94 08:49:37 GMT`.
    private static func parseObsolete(_ words: [Substring], now: Int) -> Int? {
        let names = [
            "Sunday,", "Monday,", "Tuesday,", "Wednesday,", "Thursday,", "Friday,", "Saturday,",
        ]
        let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
        guard names.contains(String(words[0])), parts.count == 3,
            let day = number(parts[0], digits: 2), let month = month(parts[1]),
            let short = number(parts[2], digits: 2), let time = time(words[2])
        else { return nil }
        let thisYear = civil(fromDay: min(max(0, now), last) / 86_400).year
        var year = thisYear / 100 * 100 + short
        if year > thisYear + 50 { year -= 100 }
        return seconds(year, month, day, time)
    }

    /// Reads `Sun Nov  6 08:49:37 1994`.
    private static func parseC(_ words: [Substring]) -> Int? {
        var words = words
        guard words.count >= 5 else { return nil }
        let isPadded = words.count == 6 && words[2].isEmpty
        if isPadded { words.remove(at: 2) }
        guard words.count == 5, isDay(words[0]), let month = month(words[1]),
            let day = number(words[2], digits: isPadded ? 1 : 2), let time = time(words[3]),
            let year = number(words[4], digits: 4)
        else { return nil }
        return seconds(year, month, day, time)
    }

    private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number / 10))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    private static func isDay(_ text: Substring) -> Bool {
        days.contains { $0.description == text }
    }

    private static func month(_ text: Substring) -> Int? {
        months.firstIndex { $0.description == text }.map { $0 + 1 }
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits else { return nil }
        var value = 0
        for byte in text.utf8 {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int(byte &- 0x30)
        }
        return value
    }

    private static func time(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = number(parts[0], digits: 2), hour < 24,
            let minute = number(parts[1], digits: 2), minute < 60,
            let second = number(parts[2], digits: 2), second <= 60
        else { return nil }
        return hour * 3_600 + minute * 60 + second
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int? {
        let number = dayNumber(year, month, day)
        guard year >= 1970, day >= 1, civil(fromDay: number) == (year, month, day) else {
            return nil
        }
        return number * 86_400 + time
    }

    /// The day since 1970 of a date of the Gregorian calendar, counted in years that begin in March
    /// so that the leap day comes last.
    private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func civil(fromDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * index + 2) / 5 + 1)
    }
}
