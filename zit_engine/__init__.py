"""Advertising pictures for Korean shops, painted by one resident Z-Image Turbo."""
