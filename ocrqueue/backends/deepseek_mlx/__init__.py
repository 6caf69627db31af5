"""The backend `deepseek-mlx`: a vision model in this process, on Apple silicon through mlx-vlm.

Importing this package, making the backend and checking it look at files only; `engine`, which
imports mlx, is loaded with the first page.
"""
