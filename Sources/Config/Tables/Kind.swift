import Crypto
import HTTP

/// What an argument must be.
enum Kind: Sendable {
    /// Any text but an empty one.
    case text
    /// Any text, an empty one too.
    case anyText
    /// A text that must not be shown.
    case secret
    /// A name of our own: letters, digits, `-`, `_`, `.`.
    case name
    /// A name, or a star.
    case nameOrStar
    /// The name of a tenant.
    case tenant
    /// The name of a field in templates.
    case fieldName
    /// One of some words, of which some work later.
    case choice([String], later: [String])
    case flag
    case duration(ClosedRange<Duration>)
    case durationOrOff(ClosedRange<Duration>)
    case durations(ClosedRange<Duration>)
    case size(ClosedRange<Int>)
    case count(ClosedRange<Int>)
    case countOrAuto(ClosedRange<Int>)
    /// A percentage, as whole numbers of per cent.
    case percentage(ClosedRange<Int>)
    case rate
    /// Three or four octal digits.
    case mode
    /// So many bytes as hexadecimal digits.
    case hex(bytes: Int)
    case address
    /// A path, or one of some words that stand for something else.
    case path(orWords: [String])
    /// A path, or a reference whose value is PEM.
    case pem
    case hostName
    case hostPattern
    case headerName
    /// A header that we write: not one that frames the message.
    case ownHeaderName
    case method
    case uri
    /// Scheme, host and port.
    case origin
    case template
    /// A template of a URI.
    case uriTemplate
    /// A path that begins with a slash.
    case absolutePath
    /// `/…/`.
    case prefix
    case pathPattern
    /// `NAME=PATH`.
    case assignment

    /// One of some words.
    static func choice(_ words: [String]) -> Kind { .choice(words, later: []) }
    /// A path.
    static var path: Kind { .path(orWords: []) }
}

/// What an argument is, once it is known to be right.
enum Value: Sendable {
    case text(String)
    case secret(Secret)
    case flag(Bool)
    case number(Int)
    case ratio(Double)
    case duration(Duration)
    /// `off` or `auto`.
    case unset
    case durations(ClosedRange<Duration>)
    case rate(Rate)
    case bytes([UInt8])
    case address(BindAddress)
    case path(String)
    case pem(PEM)
    case hostPattern(HostPattern)
    case pathPattern(PathPattern)
    case uri(URI)
    case template(Template)
    case assignment(NamedText)
}
