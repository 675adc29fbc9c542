import HTTP
import Testing

@Suite struct FieldsTests {
    @Test func `finds names without regard to case and keeps their spelling`() {
        let fields: Fields = ["Content-Type": "text/plain", "X-One": "1"]
        #expect(fields["content-TYPE"] == "text/plain")
        #expect(fields["x-two"] == nil)
        #expect(fields.map(\.name) == ["Content-Type", "X-One"])
    }

    @Test func `keeps repeated names apart and in order`() {
        var fields = Fields()
        fields.append("Cookie", "a=1")
        fields.append("Accept", "*/*")
        fields.append("cookie", "b=2")
        #expect(fields.all("COOKIE") == ["a=1", "b=2"])
        #expect(fields.count == 3)
    }

    @Test func `setting a name leaves one field in the first one's place`() {
        var fields: Fields = ["A": "1", "B": "2", "a": "3"]
        fields.set("A", "9")
        #expect(fields == ["A": "9", "B": "2"])
        fields.set("C", "4")
        #expect(fields == ["A": "9", "B": "2", "C": "4"])
    }

    @Test func `removing a name removes all of its fields`() {
        var fields: Fields = ["A": "1", "B": "2", "a": "3"]
        fields.remove("a")
        #expect(fields == ["B": "2"])
        fields["b"] = nil
        #expect(fields.isEmpty)
    }

    @Test func `reads path, query and decoded items of a request`() {
        let request = Request(method: "GET", target: "/cb?code=a%2Bb&state=x+y&error")
        #expect(request.path == "/cb")
        #expect(request.query == "code=a%2Bb&state=x+y&error")
        let items = request.queryItems()
        #expect(items.map(\.0) == ["code", "state", "error"])
        #expect(items.map(\.1) == ["a+b", "x y", ""])
        #expect(Request(method: "GET", target: "/cb").query == nil)
        #expect(Request(method: "GET", target: "/cb?a=%zz").queryItems().isEmpty)
    }
}
