import HTTP

/// The pages of the authorization endpoint.
enum ConsentPage {
    /// The page that asks a person; its form sends everything back with the decision.
    static func ask(
        client: String,
        scope: String,
        parameters: [(name: String, value: String)]
    ) -> Response {
        let hidden = parameters.map { item in
            #"<input type="hidden" name="\#(escaped(item.name))" value="\#(escaped(item.value))">"#
        }
        return page(
            200,
            """
            <h1>Connect to the sandbox?</h1>
            <p><b>\(escaped(client))</b> asks for: \(escaped(scope))</p>
            <form method="post">\(hidden.joined())
            <button name="decision" value="allow">Allow</button>
            <button name="decision" value="deny">Deny</button></form>
            """
        )
    }

    /// The page for a request that cannot be sent back to anybody.
    static func problem(_ text: String) -> Response {
        page(400, "<h1>This request cannot be granted</h1><p>\(escaped(text))</p>")
    }

    private static func page(_ status: Int, _ body: String) -> Response {
        .page(
            status,
            """
            <!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Sandbox</title>
            <style>body{font:1rem/1.5 sans-serif;max-width:34rem;margin:4rem auto}</style>
            \(body)</html>
            """
        )
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case _: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
