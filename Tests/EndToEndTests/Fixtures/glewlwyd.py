"""Sets up Glewlwyd as an OAuth provider with rotating one-use refresh tokens.

    python3 glewlwyd.py prepare FOLDER PORT     writes its database and configuration
    python3 glewlwyd.py set-up PORT [REDIRECT]  makes plugin, scope, client and user in the
                                                running server, runs a code flow as a browser
                                                would, and prints NAME=VALUE lines; the client
                                                may also be sent to the URI REDIRECT
    python3 glewlwyd.py add-signer PORT NAME KEY_FILE ALGORITHM
                                                makes a client that proves itself by signing

Python's standard library only.
"""

import base64
import http.cookiejar
import json
import sqlite3
import sys
import urllib.error
import urllib.parse
import urllib.request

SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
# No character that form encoding would change: Glewlwyd compares Basic credentials as they come.
CLIENT, SECRET, REDIRECT = "attache", "a-secret_of.this-test", "http://127.0.0.1/callback"

CONFIGURATION = """
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="WARNING"
cookie_secure=0
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database={{type="sqlite3"; path="{folder}/glewlwyd.db";}};
"""


def prepare(folder, port):
    with open(SCHEMA) as schema, sqlite3.connect(folder + "/glewlwyd.db") as database:
        # What is already there is being thrown away anyway: no need to wait for the disk.
        database.executescript("PRAGMA synchronous=OFF;" + schema.read())
    with open(folder + "/glewlwyd.conf", "w") as file:
        file.write(CONFIGURATION.format(folder=folder, port=port))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """A person's session: cookies, and redirects that are looked at, not followed."""

    def __init__(self, base, user):
        self.base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, NoRedirect)
        self.call("POST", "/api/auth/", {"username": user, "password": "password"})

    def call(self, method, path, json_body=None, form=None, basic=None, expected=200):
        fields, data = {}, None
        if json_body is not None:
            data, fields["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        if form is not None:
            data = urllib.parse.urlencode(form).encode()
        if basic is not None:
            fields["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        request = urllib.request.Request(self.base + path, data, fields, method=method)
        try:
            answer = self.opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        if answer.status != expected:
            sys.exit(f"{method} {path}: {answer.status} {text}")
        return answer.headers, text


def set_up(port, redirects):
    base = f"http://127.0.0.1:{port}"
    admin = Browser(base, "admin")
    parameters = {
        "iss": base,
        "jwt-type": "sha",
        "jwt-key-size": "256",
        "key": "signs the tokens of one test and nothing else",
        "access-token-duration": 3600,
        "refresh-token-duration": 86400,
        "code-duration": 600,
        "refresh-token-rolling": True,
        "refresh-token-one-use": "always",
        "allow-non-oidc": True,
        "auth-type-code-enabled": True,
        "auth-type-client-enabled": True,
        "auth-type-refresh-enabled": True,
        "auth-type-password-enabled": False,
        "pkce-allowed": True,
        "pkce-required": False,
        "introspection-revocation-allowed": True,
        "client-pubkey-parameter": "pubkey",
        "request-parameter-allow": True,
        "introspection-revocation-allow-target-client": True,
    }
    plugin = {"module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": parameters}
    admin.call("POST", "/api/mod/plugin/", plugin)
    scope = {"name": "read", "display_name": "read", "description": "read", "scheme": {}}
    admin.call("POST", "/api/scope/", scope | {"password_required": False})
    client = {
        "client_id": CLIENT,
        "name": CLIENT,
        "password": SECRET,
        "confidential": True,
        "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"],
        "authorization_type": ["code", "refresh_token", "client_credentials"],
        "redirect_uri": [REDIRECT, *redirects],
        "scope": ["read"],
        "enabled": True,
    }
    admin.call("POST", "/api/client/", client)
    user = {"username": "person", "password": "password", "name": "A person"}
    user |= {"email": "person@example.com", "enabled": True, "scope": ["read"]}
    admin.call("POST", "/api/user/", user)

    person = Browser(base, "person")
    person.call("PUT", f"/api/auth/grant/{CLIENT}", {"scope": "read"})
    asked = {"response_type": "code", "client_id": CLIENT, "redirect_uri": REDIRECT}
    query = urllib.parse.urlencode(asked | {"scope": "read", "state": "s"})
    headers, _ = person.call("GET", f"/api/oidc/auth?{query}&g_continue", expected=302)
    answer = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    form["code"] = answer["code"][0]
    _, text = person.call("POST", "/api/oidc/token", form=form, basic=(CLIENT, SECRET))
    print("client_id=" + CLIENT)
    print("client_secret=" + SECRET)
    print("authorize_uri=" + base + "/api/oidc/auth")
    print("revoke_uri=" + base + "/api/oidc/revoke")
    print("token_uri=" + base + "/api/oidc/token")
    print("refresh_token=" + json.loads(text)["refresh_token"])


def add_signer(port, name, key_file, algorithm):
    admin = Browser(f"http://127.0.0.1:{port}", "admin")
    with open(key_file) as file:
        key = file.read()
    client = {
        "client_id": name,
        "name": name,
        "confidential": True,
        "token_endpoint_auth_method": ["private_key_jwt"],
        "token_endpoint_signing_alg": algorithm,
        "authorization_type": ["client_credentials"],
        "pubkey": key,
        "scope": ["read"],
        "enabled": True,
    }
    admin.call("POST", "/api/client/", client)


if sys.argv[1] == "prepare":
    prepare(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "add-signer":
    add_signer(int(sys.argv[2]), *sys.argv[3:6])
else:
    set_up(int(sys.argv[2]), sys.argv[3:])
