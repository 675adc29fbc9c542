/// Puts an argument together from bytes and references.
struct ArgumentBuilder {
    private var bytes: [UInt8] = []
    private var source: [UInt8] = []
    private var opaque: [Range<Int>] = []
    private var base: Argument

    /// Begins an argument.
    init(_ position: SourcePosition, directory: String) {
        base = Argument(position: position, directory: directory)
    }

    /// The argument as it stands; its flags may be set.
    var argument: Argument {
        get {
            var argument = base
            argument.text = String(decoding: bytes, as: UTF8.self)
            argument.source = String(decoding: source, as: UTF8.self)
            argument.opaque = opaque
            return argument
        }
        set {
            base.isSound = newValue.isSound
            base.isQuoted = newValue.isQuoted
        }
    }

    /// Whether a quoted text may follow at once, as the value of an option.
    var endsWithEquals: Bool { bytes.last == UInt8(ascii: "=") }

    /// Adds a byte of the file.
    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
        source.append(byte)
    }

    /// Adds what a reference stands for; `nil` if that is unknown, which has been noted.
    mutating func append(reference: String, value: String?) {
        source += Array("${\(reference)}".utf8)
        guard let value else {
            base.isSound = false
            return
        }
        let start = bytes.count
        bytes += Array(value.utf8)
        opaque.append(start..<bytes.count)
    }
}
