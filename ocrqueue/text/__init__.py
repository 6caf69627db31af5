"""All work on text: what was seen or said becomes Markdown; pure."""
