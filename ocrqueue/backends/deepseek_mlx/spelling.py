"""Whether a tokenizer gives back what it was given, and the stream of its tokens does too.

Real checkpoints declare `LlamaTokenizerFast`. Transformers 5.12 to 5.17 build that with a splitter
of its own and drop each space and newline (mlx-vlm#2300, #2313): every page would come out as one
word, and would look like the model's fault.
"""

from importlib.metadata import version
from typing import Any

SAMPLE = "Two words,  two spaces\nand lines:\n\n- 1 of 2\n- (two)\tof 2"


def require_whole(processor: Any) -> None:
    """Refuse a tokenizer that loses spaces or newlines.

    Raises:
        RuntimeError: it does, with the cure.
    """
    tokenizer = getattr(processor, "tokenizer", processor)
    ids = tokenizer.encode(SAMPLE, add_special_tokens=False)
    heard = processor.detokenizer
    heard.reset()
    for token in ids:
        heard.add_token(token)
    heard.finalize()
    streamed = heard.text
    heard.reset()
    for told in (tokenizer.decode(ids), streamed):
        if told.strip() != SAMPLE:
            message = (
                f"its tokenizer turns {SAMPLE[:22]!r} into {told.strip()[:22]!r}: transformers"
                f" {version('transformers')} builds it wrongly, or its files are damaged. Cure:"
                " pip install 'transformers>=5.23'; else `ocrqueue models verify`"
            )
            raise RuntimeError(message)
