"""What reads a page image; each backend is one module, imported only when it is used."""
