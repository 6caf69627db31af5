"""The processes: each module is started with `python -m`, none decides anything about a page."""
