"""A small classifier that says what a picture shows, taught on rendered scenes only."""
