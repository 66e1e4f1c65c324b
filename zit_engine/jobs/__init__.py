"""Who is waiting for what, and whose turn it is."""
