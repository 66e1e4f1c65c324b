"""From painted pixels to the file a channel accepts."""
