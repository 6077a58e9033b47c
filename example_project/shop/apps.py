"""The app."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """A small shop."""

    name = "shop"
