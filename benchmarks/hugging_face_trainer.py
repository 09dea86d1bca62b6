"""The baseline: transformers' own Qwen3 of the same shape, trained by transformers' Trainer."""

import tempfile

from torch import Tensor
from torch.utils.data import Dataset
from transformers import PrinterCallback, Qwen3Config, Qwen3ForCausalLM, Trainer, TrainingArguments

from tenfold.lm import DecoderConfig
from tenfold.lm.decoder import EPS, ROPE_BASE


class Windows(Dataset):
    """The text cut into windows; the model shifts the labels itself."""

    def __init__(self, text: Tensor, context: int):
        self.text, self.context = text, context

    def __len__(self) -> int:
        return len(self.text) // self.context

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        tokens = self.text[index * self.context : (index + 1) * self.context].long()
        return {"input_ids": tokens, "labels": tokens}


def model(config: DecoderConfig, context: int) -> Qwen3ForCausalLM:
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=config.vocab,
            hidden_size=config.d_model,
            intermediate_size=config.d_ff,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            head_dim=config.head_dim,
            rms_norm_eps=EPS,
            rope_parameters={"rope_type": "default", "rope_theta": ROPE_BASE},
            tie_word_embeddings=True,
            max_position_embeddings=context,
        )
    )


def train(config: DecoderConfig, text: Tensor, *, batch: int, context: int, steps: int, lr: float) -> float:
    """Mean training loss over the run. All that makes a step faster is left at the Trainer's defaults."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model(config, context),
            TrainingArguments(
                folder,
                max_steps=steps,
                per_device_train_batch_size=batch,
                learning_rate=lr,
                lr_scheduler_type="cosine",
                weight_decay=0.1,
                adam_beta2=0.95,
                max_grad_norm=1.0,
                use_cpu=True,
                dataloader_pin_memory=False,
                logging_strategy="no",
                save_strategy="no",
                report_to=[],
                disable_tqdm=True,
            ),
            train_dataset=Windows(text, context),
        )
        trainer.remove_callback(PrinterCallback)
        return trainer.train().training_loss
