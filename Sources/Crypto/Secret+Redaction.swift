extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown in the place of every secret, whatever its content or length.
    package static let redacted = "[secret]"

    /// The redaction mark.
    package var description: String { Secret.redacted }

    /// The redaction mark.
    package var debugDescription: String { Secret.redacted }

    /// A mirror that shows no stored property, so that `dump` and reflection find nothing.
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
