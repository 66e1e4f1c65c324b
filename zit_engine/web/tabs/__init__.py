"""One module a tab: components only, no events."""
