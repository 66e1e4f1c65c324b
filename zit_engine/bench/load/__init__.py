"""Many people at once, against the real server: `python -m zit_engine.bench.load`."""
