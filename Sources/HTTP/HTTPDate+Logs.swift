extension HTTPDate {
    /// Seconds since 1970 as the date of a header field.
    package static func fieldValue(_ seconds: Double) -> String {
        String(decoding: bytes(secondsSince1970: whole(seconds)), as: UTF8.self)
    }

    /// Seconds since 1970 as RFC 3339 in UTC with milliseconds, as logs and the API write times.
    package static func rfc3339(_ seconds: Double) -> String {
        let milliseconds = Int(min(max(0, seconds), 253_402_300_799) * 1000)
        let whole = milliseconds / 1000
        let (year, month, day) = civil(fromDay: whole / 86_400)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return "\(date)T\(clock(whole)).\(padded(milliseconds % 1000, 3))Z"
    }

    /// Seconds since 1970 in UTC as the common log format has it.
    package static func commonLog(_ seconds: Double) -> String {
        let whole = whole(seconds)
        let (year, month, day) = civil(fromDay: whole / 86_400)
        return "\(padded(day, 2))/\(months[month - 1])/\(padded(year, 4)):\(clock(whole)) +0000"
    }

    private static func clock(_ seconds: Int) -> String {
        let second = seconds % 86_400
        let minutes = padded(second / 60 % 60, 2)
        return "\(padded(second / 3600, 2)):\(minutes):\(padded(second % 60, 2))"
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
