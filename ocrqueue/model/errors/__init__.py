"""Every error a user can meet: what it says, what to do next, and what may still be tried.

Two families. An `OperatorError` ends a command and carries its exit code. A `DocumentError` or a
`PageError` costs one document or one page: the batch goes on, and the ledger keeps the `code`, the
message and the remedy. `docs/errors.md` lists them all; a test compares.
"""
