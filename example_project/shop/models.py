"""What is sold, and to whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse


class Product(models.Model):
    """Something that somebody sells."""

    name = models.CharField(max_length=100)
    description = models.TextField()
    picture = models.CharField(max_length=8, help_text="An emoji.")
    price = models.DecimalField(max_digits=8, decimal_places=2)
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="products"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the product's page."""
        return reverse("shop:product", args=[self.pk])


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders."""

    def of(self, user: object) -> OrderQuerySet:
        """Return the orders that `user` has a part in."""
        return self.filter(models.Q(buyer=user) | models.Q(seller=user))


class Order(models.Model):
    """A product that somebody has bought."""

    class Status(models.TextChoices):
        PLACED = "placed", "Placed"
        SENT = "sent", "On its way"
        DONE = "done", "Delivered"

    product = models.ForeignKey(Product, models.CASCADE, related_name="orders")
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="purchases"
    )
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sales"
    )
    quantity = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PLACED
    )
    placed_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return f"Order {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the address of the order's page."""
        return reverse("shop:order", args=[self.pk])
