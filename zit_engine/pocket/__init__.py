"""How the embedded miniature of Z-Image is made; nothing at run time imports this package."""
