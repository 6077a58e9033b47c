"""URLs of the test project: the pages with their API, and the API alone."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("django.contrib.auth.urls")),
    path("chat/", include("django_chat.urls")),
    path("api/v1/messages/", include("django_chat.rest.urls")),
]
