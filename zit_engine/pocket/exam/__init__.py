"""How good a pocket model is: 200 fixed prompts painted, judged, and laid out on one page."""
