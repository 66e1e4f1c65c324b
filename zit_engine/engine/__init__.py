"""The resident model. The only run-time package that imports torch, diffusers or peft."""
