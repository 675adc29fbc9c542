import Time
import Config
import Credentials
import Crypto
import Testing

@Suite struct PublishedTokenTests {
    @Test func `a reader sees a publication and says that something changed`() {
        let slot = PublishedToken(id: Scene.id)
        var reader = TokenReader(slot)
        #expect(reader.current().snapshot == nil)
        slot.publish(Scene.connected().machine.snapshot)
        let first = reader.current()
        #expect(first.changed)
        #expect(first.snapshot?.generation == 1)
        #expect(!reader.current().changed)
        slot.publish(nil)
        #expect(reader.current().snapshot == nil)
    }

    @Test func `a slot that was given up shows nothing, and says so`() {
        let slot = PublishedToken(id: Scene.id)
        slot.publish(Scene.connected().machine.snapshot)
        var reader = TokenReader(slot)
        #expect(!slot.isRetired)
        slot.retire()
        #expect(slot.isRetired && reader.current().snapshot == nil)
    }

    @Test func `a use is noted at most once a second`() {
        let slot = PublishedToken(id: Scene.id)
        #expect(slot.lastUsed == nil)
        slot.noteUse(at: Scene.at(10).instant)
        slot.noteUse(at: Scene.at(10.9).instant)
        #expect(slot.lastUsed == Scene.at(10).instant)
        slot.noteUse(at: Scene.at(11).instant)
        #expect(slot.lastUsed == Scene.at(11).instant)
    }
}
