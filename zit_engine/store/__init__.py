"""Files and history: what was made is never lost, and only its owner finds it."""
