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

    /// So many seconds since 1970 as a whole number, within the years 1970 to 9999.
    package static func whole(_ seconds: Double) -> Int {
        seconds > 0 ? Int(min(seconds, Double(last))) : 0
    }

    private static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number / 10))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }

    /// The date of a day since 1970, counted in years that begin in March so that the leap day comes
    /// last.
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
