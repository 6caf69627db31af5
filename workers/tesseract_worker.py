"""One process of the CPU pool: reads pages with Tesseract."""

from workers.page_worker import read_pages


def main() -> None:
    """Read pages until told to stop."""
    read_pages("tesseract")


if __name__ == "__main__":
    main()
