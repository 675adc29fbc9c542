import HTTP
import JSON

/// How the provider acts: what one or several personalities add up to.
struct Behaviour: Sendable {
    /// What happens to a refresh token when it is used.
    enum RefreshRule: Sendable, Equatable {
        /// The reply repeats the token, which goes on working.
        case same
        /// The reply leaves the token out, and it goes on working.
        case omitted
        /// Every reply has a new token, and the older ones go on working.
        case many
        /// A token works once, then for `grace` more seconds; a later use is refused, and ends
        /// the whole family where `revokesFamily` says so (RFC 9700 section 4.14.2).
        case once(grace: Double, revokesFamily: Bool)
    }

    /// How a reply tells the access token's lifetime.
    enum LifetimeForm: Sendable, Equatable {
        case seconds, fraction, string, milliseconds
        case atSeconds, atMilliseconds, atISO8601
        /// Says nothing.
        case absent
        /// Says this instead of a lifetime.
        case words(JSONValue)
    }

    /// How a reply is laid out.
    enum ReplyForm: Sendable, Equatable {
        case json, form
        /// The token's members stand in an object under this name.
        case nested(String)
        /// JSON under a media type that is not JSON's.
        case mislabelled
        /// A form, or JSON for callers whose `Accept` asks for it.
        case formUnlessAsked
        /// The members, named in camel case, stand in an object under this name.
        case camel(String)
    }

    /// How a reply tells the granted scopes.
    enum ScopeForm: Sendable, Equatable {
        case spaces, commas, array, plural, absent
    }

    /// What stands in an access token besides random letters and digits.
    enum TokenForm: Sendable, Equatable {
        case plain
        /// A line end and a header field.
        case lineEnd
        /// A NUL.
        case null
        /// Visible characters beyond those of a Bearer token's grammar (RFC 6750 section 2.1).
        case punctuation
        /// This many bytes.
        case long(Int)
    }

    /// Where the client's id and secret may stand (RFC 6749 section 2.3.1).
    enum AuthenticationRule: Sendable, Equatable {
        /// One of header and body.
        case either
        case headerOnly, bodyOnly
        /// Header and body at once as well.
        case both
        /// The secret alone, in the header as a bearer token.
        case bearer
    }

    /// How the token endpoint's parameters are sent.
    enum ParameterForm: Sendable, Equatable {
        case form, json, query
    }

    /// What the authorization endpoint makes of PKCE.
    enum PKCERule: Sendable, Equatable {
        case taken, required, refused
    }

    /// What the authorization endpoint does with a good request.
    enum Consent: Sendable, Equatable {
        case asked, granted, denied
    }

    var refresh = RefreshRule.same
    /// Seconds that an access token works.
    var accessLifetime = 3600
    var lifetimeForm = LifetimeForm.seconds
    /// Seconds that a refresh token works, told in the reply; `nil`: for ever, and not told.
    var refreshLifetime: Int?
    var killsOldAccess = false
    var replyForm = ReplyForm.json
    var scopeForm = ScopeForm.spaces
    var tokenForm = TokenForm.plain
    var tokenType: String? = "Bearer"
    /// Whether the first reply, and only that one, has members that later ones leave out.
    var addsFirstMembers = false
    var authentication = AuthenticationRule.either
    /// Whether header credentials are compared as they stand instead of form-decoded.
    var comparesRaw = false
    var parameters = ParameterForm.form
    var consent = Consent.asked
    /// Standard parameters that have another name here.
    var parameterNames: [String: String] = [:]
    /// What the callback calls the code.
    var callbackCode = "code"
    var addsCallbackFields = false
    var scopeSeparator: Character = " "
    var pkce = PKCERule.taken
    /// Whether only who asks for it gets a refresh token.
    var refreshNeedsAsking = false
    /// Whether only who sends `expires_in` is told a lifetime.
    var lifetimeNeedsAsking = false
    /// Whether refreshes are made at `/refresh`.
    var refreshesElsewhere = false
    /// Whether there is the grant `account_credentials`.
    var hasAccountGrant = false
    /// Whether every reply has members that tell of the account.
    var addsAccountMembers = false
    /// An answer in place of doing anything.
    var instead: Canned?
    /// An answer in place of the right one, after the state has changed.
    var afterwards: Canned?
    /// The right answer cut to half its bytes, whole by its length.
    var cutsReply = false
    var delay: Duration?
    var fault: Fault?
}

/// An answer that is the same every time.
struct Canned: Sendable, Equatable {
    var status: Int
    var fields: Fields
    var body: [UInt8]

    /// In place of a field's value: the date of the answer and two seconds.
    static let dateSoon = "{date + 2 s}"

    /// Makes an answer; its type is JSON unless the fields say otherwise.
    init(_ status: Int, _ fields: Fields = Fields(), _ body: String = "") {
        self.status = status
        self.fields = fields
        self.body = Array(body.utf8)
    }

    /// The answer as a response, with a media type if it has a body.
    func response(at now: Double) -> Response {
        var fields = Fields(
            fields.map { field in
                let isDate = field.value == Canned.dateSoon
                return (field.name, isDate ? HTTPDate.fieldValue(now + 2) : field.value)
            }
        )
        if !body.isEmpty && fields["Content-Type"] == nil {
            fields.set("Content-Type", "application/json")
        }
        return Response(status: status, fields: fields, body: body)
    }
}
