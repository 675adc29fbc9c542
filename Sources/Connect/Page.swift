internal import HTTP

/// The pages that people see: one sheet with a title, some words, at most one button.
enum Page {
    private static let style = """
        body{margin:0;background:#f3f4f6;color:#1f2430;font:1rem/1.6 system-ui,sans-serif}
        main{max-width:28rem;margin:12vh auto 2rem;padding:2rem;background:#fff;\
        border-radius:.75rem;box-shadow:0 1px 4px #0002}
        h1{margin:0 0 1rem;font-size:1.4rem;line-height:1.3}
        ul{margin:.25rem 0 1rem;padding-left:1.25rem}
        button{width:100%;padding:.75rem 1rem;border:0;border-radius:.5rem;background:#2457d6;\
        color:#fff;font:inherit;font-weight:600;cursor:pointer}
        button:focus-visible{outline:3px solid #9db8ff}
        small{color:#5b6270}
        @media(prefers-color-scheme:dark){body{background:#15181e;color:#e6e8ee}\
        main{background:#1f242d}small{color:#9aa2b1}}
        """
    /// A second press would find the ticket spent.
    private static let pressScript =
        "document.forms[0].onsubmit=function(){document.querySelector('button').disabled=true}"
    /// A window that was opened for connecting has done its work; any other one stays.
    private static let closeScript = "setTimeout(function(){window.close()},1500)"

    private static let styleHash = Markup.hash(style)
    private static let pressHash = Markup.hash(pressScript)
    private static let closeHash = Markup.hash(closeScript)

    /// The page that asks a person, whose button posts the ticket back.
    ///
    /// `destination`: the provider's origin, to which the button leads.
    static func ask(
        label: String,
        tenant: String?,
        scopes: [String],
        destination: URI,
        action: String,
        ticket: String
    ) -> Response {
        let account = tenant.map { " for <b>\(Markup.escaped($0))</b>" } ?? ""
        let items = scopes.map { "<li>\(Markup.escaped($0))</li>" }.joined()
        let shared =
            scopes.isEmpty
            ? "<p>The provider will show you what is shared.</p>"
            : "<p>What will be shared:</p><ul>\(items)</ul>"
        let host = Markup.escaped(destination.authority)
        // A browser holds redirects after a form to this rule too, and where a provider's own lead
        // is not known: so it names schemes and no hosts.
        let leads = destination.scheme == .https ? "https:" : "http: https:"
        return response(
            200,
            title: "Connect \(label)",
            """
            <p>You are about to connect <b>\(Markup.escaped(label))</b>\(account).</p>
            \(shared)
            <form method="post" action="\(Markup.escaped(action))">
            <input type="hidden" name="ticket" value="\(ticket)">
            <button>Continue to \(host)</button></form>
            <script>\(pressScript)</script>
            <p><small>You will be asked there, and come back here. If you did not want this, \
            close this page.</small></p>
            """,
            policy: "form-action 'self' \(leads); script-src \(pressHash)"
        )
    }

    /// The page at the end of a connect that worked; a popup closes.
    static func connected(label: String, tenant: String?) -> Response {
        let account = tenant.map { " for <b>\(Markup.escaped($0))</b>" } ?? ""
        return response(
            200,
            title: "Connected",
            """
            <p><b>\(Markup.escaped(label))</b> is connected\(account).</p>
            <p>You can close this window.</p>
            <script>\(closeScript)</script>
            """,
            policy: "form-action 'none'; script-src \(closeHash)"
        )
    }

    /// The page that tells what went wrong and what to do.
    static func fault(_ fault: ConnectFault) -> Response {
        response(
            fault.status,
            title: fault.title,
            """
            <p>\(Markup.escaped(fault.reason))</p>
            <p>\(Markup.escaped(fault.advice))</p>
            <p><small>\(Markup.escaped(fault.code))</small></p>
            """,
            policy: "form-action 'none'"
        )
    }

    private static func response(
        _ status: Int,
        title: String,
        _ content: String,
        policy: String
    ) -> Response {
        let title = Markup.escaped(title)
        // The form's own request has to name its origin, which `no-referrer` would hide.
        let page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="referrer" content="same-origin">
            <style>\(style)</style></head>
            <body><main><h1>\(title)</h1>
            \(content)
            </main></body></html>

            """
        let rules =
            "default-src 'none'; style-src \(styleHash); base-uri 'none'; "
            + "frame-ancestors 'none'; \(policy)"
        return Response(
            status: status,
            fields: [
                "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": rules,
                "X-Frame-Options": "DENY",
            ],
            body: Array(page.utf8)
        )
    }
}
