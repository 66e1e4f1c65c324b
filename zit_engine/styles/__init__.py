"""Styles as data: titles, triggers, files per base model."""
