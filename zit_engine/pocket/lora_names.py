"""What every way of training a style adapter agrees on: which matrices, their names, where on the
schedule. Imports nothing, so that a machine without peft can train adapters."""

ON_SCHEDULE = 0.75  # share of training steps exactly at one of the eight noise levels
TARGETS = ["to_q", "to_k", "to_v", "to_out.0", "w1", "w2", "w3"]
PREFIX = "transformer."
