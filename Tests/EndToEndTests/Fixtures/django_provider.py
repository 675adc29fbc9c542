"""django-oauth-toolkit as an OAuth provider: rotating refresh tokens whose reuse revokes the family.

    python django_provider.py FOLDER PORT REDIRECT_URI

Its database lies in FOLDER. A person is logged in at the first look and consents by a form. The
client is `attache` with the secret `a-secret of+this&test`, compared as RFC 6749 section 2.3.1 has it.
GET /api/me answers who a token belongs to, and 401 without a good one; GET /tokens counts the
refresh tokens that are alive and dead.

Needs django-oauth-toolkit.
"""

import sys

import django
from django.conf import settings

FOLDER, PORT, REDIRECT = sys.argv[1], sys.argv[2], sys.argv[3]
CLIENT, SECRET = "attache", "a-secret of+this&test"

settings.configure(
    DEBUG=True,
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER + "/django.db",
            "OPTIONS": {"timeout": 20},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    LOGIN_URL="/login",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    OAUTH2_PROVIDER={
        "SCOPES": {"read": "Read your things", "write": "Change your things"},
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    },
)
django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpResponseRedirect, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402


def log_in(request):
    login(request, get_user_model().objects.get(username="person"))
    return HttpResponseRedirect(request.GET["next"])


def me(request):
    from oauth2_provider.models import AccessToken

    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = AccessToken.objects.filter(token=token).first()
    if not found or not found.is_valid():
        answer = JsonResponse({"error": "invalid_token"}, status=401)
        answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return answer
    return JsonResponse({"user": found.user.username, "scope": found.scope})


def tokens(request):
    from oauth2_provider.models import RefreshToken

    alive = RefreshToken.objects.filter(revoked__isnull=True).count()
    return JsonResponse({"alive": alive, "dead": RefreshToken.objects.count() - alive})


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login", log_in),
    path("api/me", me),
    path("tokens", tokens),
]


def main():
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    person = get_user_model().objects.create_user("person")
    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        name="Attache test",
        user=person,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=REDIRECT,
    )
    call_command("runserver", "127.0.0.1:" + PORT, use_reloader=False)


main()
