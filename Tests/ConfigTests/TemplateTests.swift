import Config
import HTTP
import Testing

@Suite struct TemplateTests {
    /// The text with fields filled in, or why not.
    static func render(
        _ text: String,
        _ context: Template.Context = .header,
        _ values: [String: String] = [:]
    ) -> Result<String, TemplateError> {
        do throws(TemplateError) {
            return .success(try Template(text).render(context: context) { values[$0] })
        } catch {
            return .failure(error)
        }
    }

    static func uri(_ text: String, _ values: [String: String]) -> String {
        do throws(TemplateError) {
            return try Template(text).renderURI { values[$0] }.text
        } catch {
            return "refused: \(error)"
        }
    }

    @Test func `fills in fields, defaults and encodings`() {
        #expect(Self.render("Bearer {{t}}", .header, ["t": "x"]) == .success("Bearer x"))
        #expect(Self.render("{{ t }}-{{t}}", .header, ["t": "x"]) == .success("x-x"))
        #expect(Self.render("{{a | default \"none\"}}") == .success("none"))
        #expect(Self.render("{{a|default \"q\\\"q\"}}") == .success("q\"q"))
        #expect(Self.render("{{a | default \"x\" | base64}}") == .success("eA=="))
        #expect(Self.render("{{a | base64}}", .header, ["a": "ab?>"]) == .success("YWI/Pg=="))
        #expect(Self.render("a { b } }} c") == .success("a { b } }} c"))
        #expect(Self.render("", .raw) == .success(""))
    }

    @Test func `makes basic credentials, with their scheme once`() {
        let values = ["user": "Aladdin", "password": "open sesame"]
        let wanted = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        #expect(Self.render("{{basic user password}}", .header, values) == .success(wanted))
        #expect(Self.render("Basic {{basic user password}}", .header, values) == .success(wanted))
        #expect(
            Self.render("{{basic user \"\"}}", .header, values) == .success("Basic QWxhZGRpbjo=")
        )
        #expect(
            Self.render("{{basic user other}}", .header, values)
                == .failure(.missing(field: "other"))
        )
        #expect(Self.render("{{basic}}", .header, ["basic": "field"]) == .success("field"))
    }

    @Test func `never makes an empty header`() {
        #expect(Self.render("{{a}}") == .failure(.missing(field: "a")))
        #expect(Self.render("{{a}}", .header, ["a": ""]) == .failure(.missing(field: "a")))
        #expect(Self.render("{{a | default \"\"}}") == .failure(.empty))
        #expect(Self.render("{{a}}", .header, ["a": "  "]) == .failure(.empty))
    }

    @Test(arguments: ["a\r\nX: y", "a\nb", "a\rb", "a\u{0}b", "a\u{1B}b", "a\u{7F}b"])
    func `lets no value end a header`(value: String) {
        let refused = TemplateError.unsafeValue(field: "a", place: "header")
        #expect(Self.render("x {{a}}", .header, ["a": value]) == .failure(refused))
    }

    @Test func `encodes by place`() {
        let values = ["a": "x/y z?&=é"]
        #expect(Self.render("/{{a}}", .path, values) == .success("/x%2Fy%20z%3F%26%3D%C3%A9"))
        #expect(Self.render("{{a}}", .query, values) == .success("x%2Fy%20z%3F%26%3D%C3%A9"))
        #expect(Self.render("{{a}}", .raw, values) == .success("x/y z?&=é"))
        #expect(
            Self.render("{{a}}", .raw, ["a": "a\nb"])
                == .failure(.unsafeValue(field: "a", place: "text"))
        )
        let host = Self.render("{{a}}.example.com", .host, ["a": "x-1"])
        #expect(host == .success("x-1.example.com"))
    }

    @Test func `escapes in a query what stands there plainly and cannot`() {
        let texts = [
            "read write": "read%20write", "a#b": "a%23b", "a\tb": "a%09b", "é": "%C3%A9",
            "%zz": "%25zz", "%": "%25", "%2": "%252", "a%20b": "a%20b",
            "a=b&c,d:/?@": "a=b&c,d:/?@",
            "a\"<>\\^`|[]": "a%22%3C%3E%5C%5E%60%7C%5B%5D",
        ]
        for (text, wanted) in texts {
            #expect(Self.render(text, .query) == .success(wanted), "\(text)")
            #expect(Self.render("\(text){{a}}", .query, ["a": " "]) == .success(wanted + "%20"))
        }
        #expect(Self.render("a b", .header) == .success("a b"))
    }

    @Test(arguments: ["evil.com/", "a:80", "a@b", "a b", "a%2e", "é", "a#", "a?b"])
    func `lets no value leave its place in a host`(value: String) {
        let refused = TemplateError.unsafeValue(field: "a", place: "host")
        #expect(Self.render("{{a}}.example.com", .host, ["a": value]) == .failure(refused))
        #expect(Self.uri("https://{{a}}.example.com/", ["a": value]).hasPrefix("refused"))
    }

    @Test(arguments: [".", ".."])
    func `lets no path climb`(value: String) {
        #expect(Self.uri("https://h.example/v1/{{a}}/x", ["a": value]).hasPrefix("refused"))
        #expect(
            Self.uri("https://h.example/v1/{{b}}{{a}}/x", ["a": value, "b": "."]).hasPrefix(
                "refused"
            ) == (value == ".")
        )
        #expect(Self.uri("https://h.example/{{a}}x", ["a": value]) == "https://h.example/\(value)x")
    }

    @Test func `renders URIs part by part`() {
        #expect(
            Self.uri("https://{{s}}.example.com/a/{{p}}?q={{p}}", ["s": "x", "p": "/ "])
                == "https://x.example.com/a/%2F%20?q=%2F%20"
        )
        #expect(
            Self.uri("{{u}}/services", ["u": "https://na1.example.com"])
                == "https://na1.example.com/services"
        )
        #expect(
            Self.uri("{{u}}/services", ["u": "https://na1.example.com/"])
                == "https://na1.example.com/services"
        )
        #expect(
            Self.uri("{{u}}", ["u": "https://na1.example.com/a/"]) == "https://na1.example.com/a/"
        )
        #expect(Self.uri("{{u}}", ["u": "ftp://a"]).hasPrefix("refused"))
        #expect(Self.uri("{{u}}/x", ["u": "https://a/?b"]).hasPrefix("refused"))
        #expect(Self.uri("{{u}}.evil.com", ["u": "https://a"]).hasPrefix("refused"))
        #expect(Self.uri("{{u}}{{v}}", ["u": "https://a", "v": ".b"]).hasPrefix("refused"))
        #expect(Self.uri("https{{v}}://a", ["v": "s"]).hasPrefix("refused"))
    }

    @Test func `leads only where allow_hosts says`() throws {
        var api = APIClientConfiguration(baseURI: try Template("{{u}}/v1"))
        api.allowHosts = ["*.my.example.com", "127.0.0.1"].compactMap { HostPattern($0) }
        let connection = ConnectionConfiguration(name: "a", grant: .none, api: api)
        func resolve(_ url: String) -> String {
            do throws(TemplateError) {
                return try connection.baseURI { _ in url }.uri.text
            } catch {
                return "refused: \(error)"
            }
        }
        #expect(resolve("https://a.my.example.com") == "https://a.my.example.com/v1")
        #expect(resolve("http://127.0.0.1:8081") == "http://127.0.0.1:8081/v1")
        #expect(resolve("http://a.my.example.com").hasPrefix("refused"))
        #expect(resolve("https://my.example.com").hasPrefix("refused"))
        #expect(resolve("https://amy.example.com").hasPrefix("refused"))
        #expect(resolve("https://a.my.example.com.evil.com").hasPrefix("refused"))
        #expect(resolve("https://a.my.example.com@evil.com").hasPrefix("refused"))
        #expect(resolve("https://evil.com/a.my.example.com").hasPrefix("refused"))
    }

    @Test(arguments: [
        "{{", "{{a", "{{a}", "{{}}", "{{ }}", "{{a b}}", "{{a|}}", "{{a|x}}", "{{a|default}}",
        "{{a|default \"x}}", "{{a|base64|base64}}", "{{a|base64|default \"x\"}}", "{{basic a}}",
        "{{basic a b c}}", "{{1a}}", "{{a/b}}", "{{{a}}}", "{{a|default \"x\"|default \"y\"}}",
    ])
    func `refuses what is no template`(text: String) {
        #expect(throws: TemplateError.self) { try Template(text) }
    }

    @Test func `takes braces out of references as text`() throws {
        let template = try Template("a {{b}} c", opaque: [2..<7])
        #expect(template.isLiteral)
        #expect(template.fields == [])
        let configuration = try Fixture.load(
            Fixture.connection(api: "header X-A \"${env:BRACES}\"; header X-B ${env:API_KEY};")
        )
        let headers = configuration.connections[0].api.headers
        #expect(headers[0].template.literalText == "{{access_token}}")
        #expect("\(headers[1].template)" == "${env:API_KEY}", "a secret in a template is not shown")
    }

    @Test func `knows its fields`() throws {
        let template = try Template("{{a}}{{b | default \"\"}}{{basic c \"d\"}}")
        #expect(template.fields == ["a", "b", "c"])
        #expect(template.requiredFields == ["a", "c"])
        #expect(try Template("abc").isLiteral)
        #expect(try Template("https://a.example/{{b}}").literalHost == "a.example")
        #expect(try Template("https://a.example:8080").literalHost == "a.example")
        #expect(try Template("https://{{b}}.example/").literalHost == nil)
        #expect(try Template("https://a.example{{b}}/").literalHost == nil)
        #expect(try Template("https://a.example:{{b}}/").literalHost == nil)
    }
}
