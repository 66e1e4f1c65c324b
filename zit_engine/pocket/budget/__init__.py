"""Going on with a finished model inside a fixed time on one GPU, every stage by the clock."""
