"""Tokenizers in the Hugging Face form: bytes, and byte-pair encoding trained on a text."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

BYTES = 256


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Tokens are the bytes of the UTF-8 text, ids their values: what `byte_tokens` gives.

    Decoding replaces bytes that are no UTF-8, as a model may write them, by U+FFFD.
    """
    shown = [byte for byte in range(BYTES) if chr(byte).isprintable() and byte != ord(" ")]
    hidden = [byte for byte in range(BYTES) if byte not in shown]
    # Tokens have names in visible characters, those of GPT-2: hidden bytes are moved up, in order.
    names = {byte: chr(byte) for byte in shown} | {byte: chr(BYTES + n) for n, byte in enumerate(hidden)}
    tokenizer = Tokenizer(models.BPE(vocab={name: byte for byte, name in names.items()}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def train_bpe(text: str, vocab_size: int) -> PreTrainedTokenizerFast:
    """Byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) with `vocab_size` tokens.

    The first 256 tokens are the bytes, so that every text has tokens; words are split as in GPT-2. Raises
    ValueError for fewer than 256 tokens, and where the text has too few pairs to merge.
    """
    if vocab_size < BYTES:
        raise ValueError(f"vocab_size is {vocab_size}; allowed: at least {BYTES}, one token for each byte")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    if tokenizer.get_vocab_size() < vocab_size:
        raise ValueError(
            f"vocab_size is {vocab_size}; the text yields {tokenizer.get_vocab_size()} tokens: "
            "use a longer text or a smaller vocabulary"
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)
