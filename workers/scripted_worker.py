"""One process that answers by script: for demos, tests and benchmarks."""

from workers.page_worker import read_pages


def main() -> None:
    """Answer pages until told to stop."""
    read_pages("scripted")


if __name__ == "__main__":
    main()
