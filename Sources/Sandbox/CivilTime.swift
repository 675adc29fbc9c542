import HTTP

/// A moment of UTC by the calendar, made from seconds since 1970.
struct CivilTime: Sendable {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int

    /// Reads off the calendar; a time before 1970 or after the year 9999 becomes the nearest in it.
    init(_ seconds: Double) {
        let whole = CivilTime.whole(seconds)
        let days = whole / 86_400
        let rest = whole % 86_400
        // Counted in 400-year cycles from 1 March of year 0, so that the leap day comes last.
        let shifted = days + 719_468
        let cycle = shifted / 146_097
        let dayOfCycle = shifted % 146_097
        let yearOfCycle =
            (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Whole seconds since 1970, within the calendar's reach.
    static func whole(_ seconds: Double) -> Int {
        guard seconds > 0 else { return 0 }
        return Int(min(seconds, 253_402_300_799))
    }

    /// As ISO 8601, for example `2026-02-03T04:05:06Z`.
    var iso8601: String {
        "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(clock)Z"
    }

    /// As the date of a header field (RFC 9110 section 5.6.7).
    static func fieldValue(_ seconds: Double) -> String {
        String(decoding: HTTPDate.bytes(secondsSince1970: whole(seconds)), as: UTF8.self)
    }

    private var clock: String { "\(padded(hour)):\(padded(minute)):\(padded(second))" }

    private func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
