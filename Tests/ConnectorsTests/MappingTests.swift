import Connectors
import JSON
import Testing

@Suite struct MappingTests {
    private static let arguments = """
        {"connectorParameters":{"clientId":"id","port":8443,"on":true,"none":null,"list":["a"]},
        "credentials":{"access_token":"at","user":{"id":7}},"redirectUri":"https://x/cb"}
        """

    private func mapping(_ text: String) throws(YAMLError) -> Mapping {
        let all = HookArgument.allCases
        return try Mapping(try YAMLReader.read(Array(text.utf8)), over: all)
    }

    private func value(_ text: String) throws -> JSONValue? {
        let arguments = try #require(JSONValue(json: Array(Self.arguments.utf8)))
        return try mapping(text).evaluate(arguments)
    }

    private func fault(_ text: String) -> String? {
        do {
            _ = try value(text)
            return nil
        } catch { return "\(error)" }
    }

    @Test func `Variables reach into their arguments`() throws {
        let text = """
            a: {$var: connectorParameters.clientId}
            b: {$var: credentials.user.id}
            c: {$var: redirectUri}
            d: {$var: connectorParameters.list.0}
            e: {$var: credentials.user}
            """
        let expected = #"{"a":"id","b":7,"c":"https://x/cb","d":"a","e":{"id":7}}"#
        #expect(try value(text)?.text == expected)
    }

    @Test func `What has no value is left out, and a null that is written stays`() throws {
        let text = """
            a: {$var: connectorParameters.nothing}
            b: {$var: connectorParameters.none}
            c: {$var: state}
            d: [1, {$var: credentials.x.y}, 2]
            e: null
            """
        #expect(try value(text)?.text == #"{"d":[1,2],"e":null}"#)
        #expect(try value("$var: codeVerifier") == nil)
    }

    @Test func `Texts are joined, numbers and booleans too`() throws {
        let text = """
            a:
              $concat:
                values: [Bearer, {$var: credentials.access_token}]
                delimiter: " "
            b: {$concat: {values: ["https://h:", {$var: connectorParameters.port}, 1.50, true]}}
            c: {$concat: {values: []}}
            d: {$concat: {values: [x, {$concat: {values: [y, z], delimiter: "-"}}]}}
            """
        let expected = #"{"a":"Bearer at","b":"https://h:84431.50true","c":"","d":"xy-z"}"#
        #expect(try value(text)?.text == expected)
    }

    @Test(arguments: [
        ("a: {$concat: {values: [x, {$var: credentials.nothing}]}}", "1:27"),
        ("a: {$concat: {values: [{$var: credentials.user}]}}", "1:24"),
        ("a: {$concat: {values: [[x]]}}", "1:24"),
        ("a:\n  $vars: x", "2:3"),
        ("a: {$var: credential.x}", "1:11"),
        ("a: {$var: credentials..x}", "1:11"),
        ("a: {$var: 1}", "1:11"),
        ("a: {$var: state, b: 1}", "1:5"),
        ("a: {$concat: [x]}", "1:14"),
        ("a: {$concat: {delimiter: x}}", "1:14"),
        ("a: {$concat: {values: x}}", "1:23"),
        ("a: {$concat: {values: [], delimiter: 1}}", "1:38"),
        ("a: {$concat: {values: [], glue: x}}", "1:27"),
    ])
    func `What is wrong has a place`(text: String, place: String) {
        #expect(fault(text)?.hasPrefix("\(place): ") == true, "\(fault(text) ?? "no error")")
    }

    @Test func `Only the arguments of a function are known`() {
        #expect(throws: YAMLError.self) {
            try Mapping(
                try YAMLReader.read(Array("a: {$var: codeVerifier}".utf8)),
                over: ConnectorFunction.getOAuthConfig.arguments
            )
        }
    }
}
