"""The words of the project as frozen data: document, page, reading, attempt, reply, result.

Everything that crosses a process or lies on disk has `to_wire` and `from_wire`: plain JSON with a
version number, no pickle. Pages are numbered from 1.
"""
