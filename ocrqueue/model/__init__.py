"""The words of the project as frozen data: document, page, reading, attempt, reply, result.

Everything that crosses a process or lies on disk is a `Record` (`wire.py`): plain JSON, no pickle.
Pages are numbered from 1.
"""
