"""What a person asks for and where it will be used. Pure data, standard library only."""
