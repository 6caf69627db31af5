"""The tokenizer: letters, frequent stretches of what the pages say, signs of control."""

from collections.abc import Iterator
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from tools.tiny_model.pages import pages

BEGIN, END, PAD = (
    f"<\uff5c{words}\uff5c>"
    for words in ("begin\u2581of\u2581sentence", "end\u2581of\u2581sentence", "\u2581pad\u2581")
)
IMAGE = "<image>"
CONTROL = (
    *(BEGIN, END, PAD, IMAGE),
    *("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>", "<|User|>", "<|Assistant|>"),
)  # a token's number is its place in this list
SIZE = 480  # mlx-vlm looks tokens up by number: the model's vocabulary must be no larger
GROUNDED = "<|grounding|>Convert the document to markdown."
FREE = "Free OCR."
OTHERS = (
    "OCR this image.",
    "Parse the figure.",
    "Describe this image in detail.",
    "Extract all text.",
    "Convert this page to Markdown.",
    "You are an OCR engine.",
    "Transcribe the page. Answer with its Markdown and nothing else.",
    "Return the text of this page as clean Markdown, in reading order.",
)


def tokenizer() -> Any:
    """Return the tokenizer; the same each time."""
    made = Tokenizer(models.BPE(unk_token=None))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=[AddedToken(sign, special=True, normalized=False) for sign in CONTROL],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        min_frequency=2,
    )
    made.train_from_iterator(_texts(), trainer)
    return made


def _texts() -> Iterator[str]:
    for page in pages().values():
        yield page.said(grounded=False)
        yield from page.said(grounded=True).split("\n")
    yield from (GROUNDED, FREE, *OTHERS)
