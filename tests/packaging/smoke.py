"""Serve the chat from an installed wheel that has no extras.

Run as a script, outside the repository, in an environment of its own:
what the wheel lacks cannot be found in the sources then.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.urls import include, path

settings.configure(
    SECRET_KEY="used by one short process",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "smoke.sqlite3"}
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "rest_framework",
        "django_chat",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STATIC_URL="/static/",
    USE_TZ=True,
)

# As in a site, whose URLs are read when its apps are there.
django.setup()
urlpatterns = [path("chat/", include("django_chat.urls"))]


def main() -> None:
    Path("smoke.sqlite3").unlink(missing_ok=True)
    application = get_asgi_application()

    import django_chat
    from django_chat.asgi import with_chat

    installed = Path(django_chat.__file__).resolve()
    assert "site-packages" in installed.parts, f"not the wheel: {installed}"
    assert callable(with_chat(application))

    call_command("check")
    call_command("migrate", verbosity=0)
    call_command("makemigrations", "django_chat", check=True, dry_run=True)
    assert_page_is_whole()
    versions = f"Django {django.__version__}, Python {sys.version.split()[0]}"
    print(f"django-chat-app {django_chat.__version__} works with {versions}")


def assert_page_is_whole() -> None:
    from django.contrib.auth import get_user_model
    from django.contrib.staticfiles import finders
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.create_user("ann"))
    page = client.get("/chat/")
    assert page.status_code == 200, page
    assets = re.findall(r'"/static/([^"?#]+)', page.content.decode())
    assert assets, "the page asks for no script and no style"
    missing = [asset for asset in assets if finders.find(asset) is None]
    assert not missing, f"not in the wheel: {missing}"


if __name__ == "__main__":
    main()
