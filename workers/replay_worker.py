"""One process that answers with what a model has said before."""

from workers.page_worker import read_pages


def main() -> None:
    """Answer pages until told to stop."""
    read_pages("replay")


if __name__ == "__main__":
    main()
