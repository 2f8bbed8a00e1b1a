"""What train.py and score.py share: the job's rows, the model, padding, memory and the line protocol."""

import json
import os
import platform
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch
import transformers
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertForSequenceClassification

PADDING_ID = 0
"""BERT's; the models measured here are all of the BERT architecture."""


def read_job(path: str) -> dict:
    """The job file, with threads and seed applied."""
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    threads = job.get("threads", 2)
    # Rayon reads this when the first batch is tokenised.
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    torch.set_num_threads(threads)
    torch.manual_seed(job.get("seed", 42))
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return job


def tokenize(job: dict, texts: list[str]) -> tuple[list[list[int]], float]:
    """Token ids of single texts by the Rust tokenizer, and the seconds it took (loading not counted)."""
    tokenizer = Tokenizer.from_file(job["tokenizer"])
    # Truncation and padding baked into tokenizer.json are overridden, as the engine under comparison does.
    tokenizer.enable_truncation(max_length=job["maxLength"])
    tokenizer.no_padding()
    start = time.perf_counter()
    input_ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    return input_ids, time.perf_counter() - start


def random_rows(job: dict) -> list[list[int]]:
    """`random: {rows, length}`: full-length rows of random ids, for shapes whose weights and texts do not matter."""
    rows, length = job["random"]["rows"], job["random"]["length"]
    generator = torch.Generator().manual_seed(job.get("seed", 42))
    vocabulary = job.get("config", {}).get("vocab_size", BertConfig().vocab_size)
    return torch.randint(1, vocabulary, (rows, length), generator=generator).tolist()


def load_model(job: dict) -> torch.nn.Module:
    """`model`: a Hugging Face folder; or `config`: BertConfig fields, random weights ({} is the BERT-base shape)."""
    settings = dict(
        num_labels=job.get("numLabels", 2),
        hidden_dropout_prob=job.get("dropout", 0.1),
        attention_probs_dropout_prob=job.get("dropout", 0.1),
    )
    attention = job.get("attention", "sdpa")
    if "model" in job:
        model = BertForSequenceClassification.from_pretrained(
            job["model"], attn_implementation=attention, dtype=torch.float32, **settings
        )
    else:
        config = BertConfig(**settings, **job["config"])
        config._attn_implementation = attention
        model = BertForSequenceClassification(config)
    if "vocabulary" in job:
        keep_vocabulary(model, job["vocabulary"])
    return model.to(job.get("device", "cpu"))


def callable_of(model: torch.nn.Module, job: dict) -> Callable:
    """What runs the model: itself, or torch.compile of it. Weights are the same ones."""
    return torch.compile(model) if job.get("compile", False) else model


def keep_vocabulary(model: torch.nn.Module, ids: list[int]) -> None:
    """Keeps only these rows of the word embeddings, in this order (padding first): vocabulary pruning, for PyTorch too."""
    if ids[0] != PADDING_ID:
        raise SystemExit(f"vocabulary must begin with the padding id {PADDING_ID}")
    weight = model.bert.embeddings.word_embeddings.weight.detach()[torch.tensor(ids)].clone()
    model.bert.embeddings.word_embeddings = torch.nn.Embedding(
        len(ids), weight.shape[1], padding_idx=0, _weight=weight
    )
    model.config.vocab_size = len(ids)


def as_rows(job: dict, input_ids: list[list[int]]) -> list[torch.Tensor]:
    """One tensor per row, ids renumbered where the job prunes the vocabulary."""
    if "vocabulary" not in job:
        return [torch.tensor(ids) for ids in input_ids]
    place = {token: i for i, token in enumerate(job["vocabulary"])}
    return [torch.tensor([place[token] for token in ids]) for ids in input_ids]


def pad(
    rows: list[torch.Tensor], length: int | None = None, device: str = "cpu"
) -> dict[str, torch.Tensor]:
    """Rows as model inputs on a device, padded to `length` or, without it, to the longest of them."""
    input_ids = pad_sequence(rows, batch_first=True, padding_value=PADDING_ID)
    if length is not None and input_ids.shape[1] < length:
        input_ids = torch.nn.functional.pad(
            input_ids, (0, length - input_ids.shape[1]), value=PADDING_ID
        )
    lengths = torch.tensor([len(row) for row in rows])
    mask = (torch.arange(input_ids.shape[1])[None, :] < lengths[:, None]).long()
    return {"input_ids": input_ids.to(device), "attention_mask": mask.to(device)}


def sorted_batches(rows: list[torch.Tensor], batch_size: int) -> list[list[int]]:
    """Row indices in batches of similar length, longest first."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


@dataclass
class Count:
    """What went through the model."""

    examples: int = 0
    tokens: int = 0
    padded_tokens: int = 0

    def add(self, inputs: dict[str, torch.Tensor]) -> None:
        self.examples += inputs["input_ids"].shape[0]
        self.tokens += int(inputs["attention_mask"].sum())
        self.padded_tokens += inputs["input_ids"].numel()

    def rates(self, seconds: float) -> dict:
        return {
            "seconds": round(seconds, 6),
            "examples": self.examples,
            "tokens": self.tokens,
            "paddedTokens": self.padded_tokens,
            "examplesPerSecond": round(self.examples / seconds, 3),
            "tokensPerSecond": round(self.tokens / seconds, 1),
        }


def peak_memory_bytes() -> int:
    """Peak resident set of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def versions() -> dict:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "threads": torch.get_num_threads(),
    }


def answer(result: dict) -> None:
    print(json.dumps(result), flush=True)


def serve(commands: dict[str, Callable[[list[str]], dict]]) -> None:
    """Reads `name argument…` lines from stdin, one JSON line for each, until `quit` or the end of the input.

    Between commands the process sleeps, so another engine can be timed in turns with it.
    """
    answer({"ready": True, "commands": sorted(commands), **versions(), "peakMemoryBytes": peak_memory_bytes()})
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        if words[0] == "quit":
            return
        if words[0] not in commands:
            answer({"error": f"unknown command {words[0]!r}; known: {', '.join(sorted(commands))}, quit"})
            continue
        answer({**commands[words[0]](words[1:]), "peakMemoryBytes": peak_memory_bytes()})
