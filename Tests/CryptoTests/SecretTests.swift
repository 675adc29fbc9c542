import Crypto
import Testing

@Suite struct SecretTests {
    static let canary = "s3cr3t-canary"

    @Test func `gives its content back only when asked`() {
        let secret = Secret(Self.canary)
        #expect(secret.reveal() == Self.canary)
        #expect(secret.count == 13)
        #expect(!secret.isEmpty)
        #expect(secret.withBytes { $0.count } == 13)
        #expect(secret.withBytes { $0[0] } == UInt8(ascii: "s"))
    }

    @Test func `shows nothing in any kind of printing`() {
        let secret = Secret(Self.canary)
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["key": secret as Secret?], to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret),
            secret.description, secret.debugDescription, dumped, "\([secret])",
            "\(Optional.some(secret) as Any)", String(reflecting: [1: secret]),
        ]
        for text in shown {
            #expect(!text.contains("canary"))
            #expect(!text.contains("13"))
            #expect(text.contains(Secret.redacted))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func `hides inside the values that hold it`() {
        struct Holder { let token = Secret(SecretTests.canary) }
        var dumped = ""
        dump(Holder(), to: &dumped)
        #expect(!"\(Holder()) \(dumped)".contains("canary"))
        #expect(!"\(SecretKey.random())".contains("bytes:"))
    }

    @Test func `compares and hashes by content`() {
        #expect(Secret("abc") == Secret(bytes: [97, 98, 99]))
        #expect(Secret("abc") != Secret("abd"))
        #expect(Secret("abc") != Secret("ab"))
        #expect(Secret("") == Secret(bytes: []))
        #expect(Set([Secret("a"), Secret("a"), Secret("b")]).count == 2)
    }

    @Test func `holds the empty string and bytes that are no text`() {
        #expect(Secret("").isEmpty)
        #expect(Secret("").reveal() == "")
        #expect(Secret("").withBytes { $0.count } == 0)
        let odd = Secret(bytes: [0xff, 0, 0x41])
        #expect(odd.reveal() == "\u{FFFD}\u{0}A")
        #expect(odd.withBytes { $0[1] } == 0)
    }

    @Test func `crosses tasks`() async {
        let secret = Secret(Self.canary)
        async let first = secret.reveal()
        async let second = secret.count
        #expect(await first == Self.canary)
        #expect(await second == 13)
    }
}
