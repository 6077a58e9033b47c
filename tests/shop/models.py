"""What the site around the chat has: things that people talk about."""

from __future__ import annotations

import uuid

from django.db import models

__all__ = ["Order", "Parcel"]


class Order(models.Model):
    """Something with a name and a page."""

    name = models.CharField(max_length=200, default="An order")
    address = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address that a test has chosen, else that of the order's page."""
        return self.address or f"/orders/{self.pk}/"


class Parcel(models.Model):
    """Something with another kind of key, and no page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)

    def __str__(self) -> str:
        return "A parcel"
