"""What an OCR engine saw (hOCR) -> Markdown, in the engine's reading order; pure."""
