"""`python -m ocrqueue`."""

from ocrqueue.cli import main

if __name__ == "__main__":
    main()
