"""Addresses: the shop, the chat's pages, and the chat's API by itself."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("shop.urls")),
    path("chat/", include("django_chat.urls")),
    path("api/v1/messages/", include("django_chat.rest.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
