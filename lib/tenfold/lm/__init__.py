"""Small Llama-type decoders and their training, many runs of one shape as one computation.

`tenfold.lm.hugging_face` and `tenfold.lm.tokenizer` are imported by their own names: they need transformers,
whose import takes longer than a short run.
"""

from tenfold.lm.decoder import DecoderConfig, decoder_logits, initial_parameters, next_token_loss
from tenfold.lm.mixture import MixtureConfig, catalogs_config, train_mixtures
from tenfold.lm.schedule import SCHEDULES, schedule_factor
from tenfold.lm.training import TrainingConfig, train_parameters, train_runs

__all__ = [
    "SCHEDULES",
    "DecoderConfig",
    "MixtureConfig",
    "TrainingConfig",
    "catalogs_config",
    "decoder_logits",
    "initial_parameters",
    "next_token_loss",
    "schedule_factor",
    "train_mixtures",
    "train_parameters",
    "train_runs",
]
