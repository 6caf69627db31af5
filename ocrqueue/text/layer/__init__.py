"""What a PDF page holds as text (characters, fields, rulings) -> words, lines, blocks; pure."""
