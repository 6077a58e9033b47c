"""The pages of the shop."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from shop.models import Order, Product


def products(request: HttpRequest) -> HttpResponse:
    """Show everything that is sold."""
    found = Product.objects.select_related("seller")
    return render(request, "shop/products.html", {"products": found})


def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one product."""
    found = get_object_or_404(Product.objects.select_related("seller"), pk=pk)
    return render(request, "shop/product.html", {"product": found})


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """Show what one has bought and sold."""
    found = Order.objects.of(request.user).select_related("product", "buyer", "seller")
    return render(request, "shop/orders.html", {"orders": found})


@login_required
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one order to its buyer and its seller."""
    found = get_object_or_404(
        Order.objects.of(request.user).select_related("product", "buyer", "seller"),
        pk=pk,
    )
    partner = found.seller if found.buyer == request.user else found.buyer
    return render(request, "shop/order.html", {"order": found, "partner": partner})
