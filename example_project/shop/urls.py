"""Addresses of the shop."""

from __future__ import annotations

from django.urls import path

from shop import views

app_name = "shop"
urlpatterns = [
    path("", views.products, name="products"),
    path("products/<int:pk>/", views.product, name="product"),
    path("orders/", views.orders, name="orders"),
    path("orders/<int:pk>/", views.order, name="order"),
]
