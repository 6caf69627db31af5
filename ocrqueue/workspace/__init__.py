"""The truth on disk: manifests, page results, the ledger, and the output folder."""
