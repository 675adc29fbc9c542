import Crypto
import Testing

@Suite struct SealTests {
    /// AES-256-GCM with a nonce of 96 bits: test cases 13 to 16 of the specification that became NIST
    /// SP 800-38D (McGrew and Viega, The Galois/Counter Mode of Operation, appendix B).
    struct Vector {
        let key, nonce, associated, plain, sealed, tag: String
    }

    static let zeroKey = String(repeating: "0", count: 64)
    static let zeroNonce = String(repeating: "0", count: 24)
    static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
    static let plain =
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    static let sealed =
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

    static let vectors = [
        Vector(
            key: zeroKey,
            nonce: zeroNonce,
            associated: "",
            plain: "",
            sealed: "",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        Vector(
            key: zeroKey,
            nonce: zeroNonce,
            associated: "",
            plain: "00000000000000000000000000000000",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        Vector(
            key: key,
            nonce: "cafebabefacedbaddecaf888",
            associated: "",
            plain: plain,
            sealed: sealed,
            tag: "b094dac5d93471bdec1a502270e3cc6c"
        ),
        Vector(
            key: key,
            nonce: "cafebabefacedbaddecaf888",
            associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plain: String(plain.prefix(120)),
            sealed: String(sealed.prefix(120)),
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]

    @Test(arguments: vectors)
    func `opens the vectors of the specification`(vector: Vector) throws {
        let keyBytes = try #require(Hex.decode(vector.key))
        let key = try #require(SecretKey(Secret(bytes: keyBytes)))
        let message = try #require(Hex.decode(vector.nonce + vector.sealed + vector.tag))
        let associated = try #require(Hex.decode(vector.associated))
        let plain = try Seal.open(message, key: key, associated: associated)
        #expect(Hex.encode(plain) == vector.plain)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 4096, 100_000])
    func `opens what it sealed`(length: Int) throws {
        let key = SecretKey.random()
        let plain = Random.bytes(length)
        let sealed = try Seal.seal(plain, key: key, associated: [1, 2, 3])
        #expect(sealed.count == Seal.nonceCount + length + Seal.tagCount)
        #expect(try Seal.open(sealed, key: key, associated: [1, 2, 3]) == plain)
    }

    @Test func `never uses a nonce twice`() throws {
        let key = SecretKey.random()
        let first = try Seal.seal([7], key: key, associated: [])
        let second = try Seal.seal([7], key: key, associated: [])
        #expect(first.prefix(Seal.nonceCount) != second.prefix(Seal.nonceCount))
        #expect(first != second)
    }

    @Test func `refuses any flipped bit`() throws {
        let key = SecretKey.random()
        let sealed = try Seal.seal(Array("token".utf8), key: key, associated: [9])
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: SealError.notAuthentic) {
                    try Seal.open(changed, key: key, associated: [9])
                }
            }
        }
    }

    @Test func `refuses every shorter message`() throws {
        let key = SecretKey.random()
        let sealed = try Seal.seal(Array("token".utf8), key: key, associated: [])
        for length in 0..<sealed.count {
            let short = Array(sealed.prefix(length))
            #expect(throws: length < 28 ? SealError.truncated : .notAuthentic) {
                try Seal.open(short, key: key, associated: [])
            }
        }
    }

    @Test func `refuses another key and other associated data`() throws {
        let key = SecretKey.random()
        let sealed = try Seal.seal([1], key: key, associated: [1])
        #expect(throws: SealError.notAuthentic) {
            try Seal.open(sealed, key: .random(), associated: [1])
        }
        for other: [UInt8] in [[], [2], [1, 0]] {
            #expect(throws: SealError.notAuthentic) {
                try Seal.open(sealed, key: key, associated: other)
            }
        }
    }

    @Test func `takes keys of 32 bytes alone`() throws {
        for count in [0, 16, 31, 33, 64] {
            #expect(SecretKey(Secret(bytes: Random.bytes(count))) == nil)
            #expect(SecretKey(base64: Secret(Base64.encode(Random.bytes(count)))) == nil)
        }
        let key = SecretKey.random()
        #expect(SecretKey(base64: key.base64()) == key)
        #expect(key.base64().count == 44)
        #expect(SecretKey(base64: Secret("\(key.base64().reveal())\n")) == nil)
        #expect(SecretKey.random() != key)
    }

    @Test func `tells keys apart by their fingerprints`() {
        let key = SecretKey.random()
        #expect(key.fingerprint(label: "a", count: 8).count == 8)
        #expect(key.fingerprint(label: "a", count: 8) == key.fingerprint(label: "a", count: 8))
        #expect(key.fingerprint(label: "a", count: 8) != key.fingerprint(label: "b", count: 8))
        let other = SecretKey.random().fingerprint(label: "a", count: 8)
        #expect(key.fingerprint(label: "a", count: 8) != other)
    }
}
