"""How well, how fast and how alike: `bench` and `compare`."""
