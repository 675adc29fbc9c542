import HTTP
import JSON
import Sandbox
import Testing

@Suite struct RefreshTests {
    @Test func `a rotated refresh token works once, and its reuse ends the family`() {
        var caller = Caller("rotating")
        let first = caller.family()
        let second = caller.refresh(first)
        let next = second.refreshToken ?? ""
        let access = second.accessToken ?? ""
        #expect(caller.api(access) == 200)
        #expect(caller.refresh(first).error == "invalid_grant")
        #expect(caller.refresh(next).error == "invalid_grant")
        #expect(caller.api(access) == 401)
        let stats = caller.stats()
        #expect(stats["families", "revoked"] == 1)
        #expect(stats["families", "reuses"] == 1)
        #expect(stats["refreshes"] == 1)
    }

    @Test func `a chain of rotated refresh tokens goes on, and the very first is still known`() {
        var caller = Caller("rotating")
        let first = caller.family()
        var token = first
        for _ in 0..<500 { token = caller.refresh(token).refreshToken ?? "" }
        #expect(caller.stats()["families", "refreshes_max"] == 500)
        #expect(caller.refresh(first).error == "invalid_grant")
        #expect(caller.refresh(token).error == "invalid_grant")
    }

    @Test func `in its grace a used refresh token answers, after it the family ends`() {
        var caller = Caller("grace")
        let first = caller.family()
        let lost = caller.refresh(first).refreshToken ?? ""
        caller.now += 30
        let again = caller.refresh(first).refreshToken ?? ""
        #expect(!again.isEmpty && again != lost)
        caller.now += 1
        #expect(caller.refresh(first).error == "invalid_grant")
        #expect(caller.refresh(again).error == "invalid_grant")
        #expect(caller.stats()["families", "revoked"] == 1)
    }

    @Test func `a second use of a one-use token is refused and ends nothing`() {
        var caller = Caller("one-use")
        let first = caller.family()
        let next = caller.refresh(first).refreshToken ?? ""
        #expect(caller.refresh(first).error == "invalid_grant")
        #expect(caller.refresh(next).refreshToken != nil)
        #expect(caller.stats()["families", "revoked"] == 0)
    }

    @Test(arguments: ["plain", "no-rotation", "many"])
    func `without rotation the same token works again and again`(name: String) {
        var caller = Caller(name)
        let token = caller.family()
        for _ in 0..<3 { #expect(caller.refresh(token).accessToken != nil) }
    }

    @Test func `a refresh token ends when its time has come`() {
        var caller = Caller("brief-refresh")
        let token = caller.family()
        caller.now += 9
        #expect(caller.refresh(token).accessToken != nil)
        caller.now += 1
        #expect(caller.refresh(token).error == "invalid_grant")
    }

    @Test func `an access token ends when its time has come`() {
        var caller = Caller("short-lived")
        let token = caller.clientCredentials().accessToken ?? ""
        caller.now += 4
        #expect(caller.api(token) == 200)
        caller.now += 1
        #expect(caller.api(token) == 401)
    }

    @Test func `a new access token ends the older one only where that is played`() {
        var plain = Caller()
        let kept = plain.clientCredentials().accessToken ?? ""
        _ = plain.clientCredentials()
        #expect(plain.api(kept) == 200)
        var killing = Caller("kills-old-access")
        let family = killing.family()
        let old = killing.refresh(family).accessToken ?? ""
        #expect(killing.api(old) == 200)
        let new = killing.refresh(family).accessToken ?? ""
        #expect(killing.api(old) == 401)
        #expect(killing.api(new) == 200)
        let other = killing.clientCredentials().accessToken ?? ""
        #expect(killing.api(other) == 200)
        #expect(killing.api(new) == 200)
    }

    @Test(arguments: [
        "", "rt", "rt_x_1_y", "rt____", "rt_x_99999999999999999999_y", "rt_x_-1_y", "\u{0}",
    ])
    func `a refresh token that was not made here is refused`(token: String) {
        var caller = Caller("rotating")
        #expect(caller.refresh(token).response.status == 400)
    }

    @Test func `a forged number is unknown and ends nothing`() {
        var caller = Caller("rotating")
        let token = caller.refresh(caller.family()).refreshToken ?? ""
        let forged = token.replacing("_2_", with: "_1_")
        #expect(forged != token)
        #expect(caller.refresh(forged).error == "invalid_grant")
        #expect(caller.refresh(token).refreshToken != nil)
    }

    @Test func `another client's refresh token is refused and not spent`() {
        var caller = Caller("rotating")
        _ = caller.control("clients", #"{"client_id":"b","client_secret":"s"}"#)
        let token = caller.family()
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)]
        #expect(caller.token(form, "b:s").error == "invalid_grant")
        #expect(caller.refresh(token).refreshToken != nil)
    }

    @Test(arguments: [
        ("error-after-commit", true), ("reset-after-commit", true), ("cut-off", true),
        ("truncated", true), ("reset-before-commit", false), ("silent", false), ("closes", false),
        ("error-in-500", false), ("empty-200", false), ("not-json", false),
    ])
    func `says by its counts whether the lost answer was committed`(name: String, commits: Bool) {
        var caller = Caller("rotating")
        let token = caller.family()
        _ = caller.refresh(token, at: "/p/rotating+\(name)/token")
        let grant = caller.stats()["grants", "refresh_token"]
        #expect(grant?["committed"] == (commits ? 1 : 0))
        #expect(grant?["lost"] == (commits ? 1 : 0))
        #expect(grant?["played"] == (commits ? 0 : 1))
        #expect(caller.refresh(token).error == (commits ? "invalid_grant" : nil))
    }

    @Test func `a revoked refresh token takes its access tokens with it`() {
        var caller = Caller()
        let family = caller.control("grant").json
        let refresh = family["refresh_token"]?.string ?? ""
        let access = family["access_token"]?.string ?? ""
        #expect(caller.api(access) == 200)
        #expect(caller.token([("token", refresh)], at: "/revoke").response.status == 200)
        #expect(caller.refresh(refresh).error == "invalid_grant")
        #expect(caller.api(access) == 401)
    }

    @Test func `a revoked access token leaves its family alone`() {
        var caller = Caller()
        let family = caller.control("grant").json
        let access = family["access_token"]?.string ?? ""
        #expect(caller.token([("token", access)], at: "/revoke").response.status == 200)
        #expect(caller.api(access) == 401)
        #expect(caller.refresh(family["refresh_token"]?.string ?? "").accessToken != nil)
    }

    @Test func `revoking wants the client, and does not tell what is unknown`() {
        var caller = Caller()
        let token = caller.family()
        #expect(
            caller.token([("token", token)], at: "/revoke", "demo:wrong").response.status == 401
        )
        #expect(caller.token([("token", "nonsense")], at: "/revoke").response.status == 200)
        #expect(caller.refresh(token).accessToken != nil)
    }

    @Test func `introspection tells the living from the dead`() {
        var caller = Caller()
        let family = caller.control("grant").json
        let access = family["access_token"]?.string ?? ""
        let refresh = family["refresh_token"]?.string ?? ""
        let alive = caller.token([("token", access)], at: "/introspect").json
        #expect(alive["active"] == true && alive["client_id"] == "demo")
        #expect(alive["exp"] == 1_800_003_600)
        #expect(caller.token([("token", refresh)], at: "/introspect").json["active"] == true)
        _ = caller.token([("token", refresh)], at: "/revoke")
        #expect(caller.token([("token", access)], at: "/introspect").json == ["active": false])
        #expect(caller.token([("token", refresh)], at: "/introspect").json == ["active": false])
    }
}
