"""What a host includes: the pages, and the API below `api/`."""

from __future__ import annotations

from django.urls import include, path

__all__ = ["app_name", "urlpatterns"]

app_name = "django_chat"
urlpatterns = [
    path("", include("django_chat.pages.urls")),
    path("api/", include("django_chat.rest.urls")),
]
