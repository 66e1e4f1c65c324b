"""What belongs to a shop and not to a picture: name, logo, colours, phone."""
