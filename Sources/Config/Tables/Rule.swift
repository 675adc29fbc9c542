/// Whether a thing works in this version, or is only understood.
enum Support: Sendable {
    case now
    /// It is checked like everything else, and then refused as not yet supported.
    case later
}

/// What may stand in a block: the table that one kind of block is checked by.
struct BlockRules: Sendable {
    /// What messages call such a block: `a connection`.
    let title: String
    let rules: [Rule]
    /// Adds what is known without being written.
    let fill: @Sendable ([Statement], Findings) -> [Statement]

    init(
        _ title: String,
        _ rules: [Rule],
        filledBy fill: @escaping @Sendable ([Statement], Findings) -> [Statement] = { written, _ in
            written
        }
    ) {
        self.title = title
        self.rules = rules
        self.fill = fill
    }

    /// The rule for a directive.
    subscript(name: String) -> Rule? { rules.first { $0.name == name } }
}

/// One directive: a line of a table.
struct Rule: Sendable {
    /// How often a directive may stand in its block.
    enum Occurrence: Sendable {
        case optional
        case required
        /// Any number of times.
        case any
        /// Once or more.
        case some

        var isRequired: Bool { self == .required || self == .some }
        var mayRepeat: Bool { self == .any || self == .some }
    }

    let name: String
    let occurrence: Occurrence
    /// The ways to write it; more than one only if the first word tells them apart.
    let forms: [Form]
    let support: Support

    /// A directive with one form.
    init(
        _ name: String,
        _ occurrence: Occurrence = .optional,
        _ parameters: [Parameter] = [],
        options: [Option] = [],
        block: BlockRules? = nil,
        _ support: Support = .now
    ) {
        self.name = name
        self.occurrence = occurrence
        forms = [Form(nil, parameters, options: options, block: block)]
        self.support = support
    }

    /// A directive whose first word says which form it has.
    init(
        _ name: String,
        _ occurrence: Occurrence = .optional,
        forms: [Form],
        _ support: Support = .now
    ) {
        self.name = name
        self.occurrence = occurrence
        self.forms = forms
        self.support = support
    }
}

/// One way to write a directive.
struct Form: Sendable {
    /// The first word; `nil` for the only form of a directive.
    let word: String?
    let parameters: [Parameter]
    let options: [Option]
    let block: BlockRules?
    let support: Support

    init(
        _ word: String?,
        _ parameters: [Parameter] = [],
        options: [Option] = [],
        block: BlockRules? = nil,
        _ support: Support = .now
    ) {
        self.word = word
        self.parameters = parameters
        self.options = options
        self.block = block
        self.support = support
    }
}

/// One argument of a directive, by place.
struct Parameter: Sendable {
    /// How many arguments it takes.
    enum Count: Sendable {
        case one
        /// None or one; it is passed over when the argument is of another kind.
        case optional
        /// All that are left, at least one.
        case rest
    }

    /// What the interface calls it: `ADDRESS`.
    let label: String
    let kind: Kind
    let count: Count

    /// Exactly one argument.
    static func one(_ label: String, _ kind: Kind) -> Parameter {
        Parameter(label: label, kind: kind, count: .one)
    }

    /// An argument that may be left out.
    static func optional(_ label: String, _ kind: Kind) -> Parameter {
        Parameter(label: label, kind: kind, count: .optional)
    }

    /// One or more arguments.
    static func rest(_ label: String, _ kind: Kind) -> Parameter {
        Parameter(label: label, kind: kind, count: .rest)
    }
}

/// One `key=value` of a directive.
struct Option: Sendable {
    let name: String
    let kind: Kind
    let isRequired: Bool
    let support: Support

    init(_ name: String, _ kind: Kind, required: Bool = false, _ support: Support = .now) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.support = support
    }
}
