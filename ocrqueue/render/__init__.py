"""Draws and counts pages in a child process, so that no document can take a worker down.

The parent's side (`renderer`, `process`) never loads PDFium or Pillow; the child's side (`child`,
`pdf`, `image`) never knows about queues.
"""
