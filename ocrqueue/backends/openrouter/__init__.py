"""The backend `openrouter`: models elsewhere, through OpenRouter or any OpenAI-compatible server.

What leaves this process is one page image without metadata, our prompt and plain parameters.
"""
