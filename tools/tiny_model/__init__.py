"""Makes tests/data/tiny-deepseekocr: twelve pages, and a model that knows them by heart."""
