"""Fine-tuning baseline: BertForSequenceClassification in PyTorch, over a batch plan made elsewhere.

    python bench/torch/train.py JOB.json           one epoch; prints one JSON line
    python bench/torch/train.py JOB.json --serve   stays alive and obeys lines on stdin (below)

In a venv with bench/torch/requirements.txt. Fused AdamW, SDPA attention, dropout, gradient norm clipped to 1.0, linear decay to 0.

Job fields (row lists run in parallel):

    mode          grouped   the plan in `batches`, each padded to its longest row
                  dynamic   the same rows in random batches, each padded to its longest row
                  padded    the same rows in random batches, padded to `maxLength`
                  official  as padded, with the IMP loss whose two checkers (models of the same size) run in every step,
                            in eval mode and without gradients, as the authors' code does
    model | config  a Hugging Face folder | BertConfig fields for random weights ({}: BERT-base shape)
    batches       [[row, …], …]; grouped needs it
    inputIds      [[id, …], …], special tokens included, no padding; or `texts` alone; or `random: {rows, length}`
    labels        [label id, …] (absent with `random`: random ones)
    texts, tokenizer   optional: single texts and the tokenizer.json to tokenise them with, timed as part of an epoch; with
                  `inputIds` as well, rows whose ids differ are counted
    dev           optional {inputIds | texts, labels}: evaluated once per epoch
    checkpoint    optional file to save to once per epoch: model and optimiser state, by torch.save
    vocabulary    optional ids (padding first): all other rows of the word embeddings are left out
    device "cpu" (or "cuda", "mps"), compile false (true: through torch.compile)
    maxLength 128, batchSize 32, numLabels 2, threads 2, seed 42, dropout 0.1, attention "sdpa" (or "eager"), learningRate 6e-5,
    weightDecay 0, warmupSteps 0, totalSteps (length of the plan): defaults

Commands in --serve mode, each answered by one JSON line:

    run N      the next N steps (without N: one) of the plan, going round at its end: seconds, examples, tokens, stepSeconds, losses
    epoch      tokenise, the whole plan, evaluate, save: each part's seconds and epochSeconds
    evaluate   the dev rows        save   the checkpoint        tokenize   the texts        quit
"""

import argparse
import copy
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import get_linear_schedule_with_warmup

import common


class Training:
    """A model, its optimiser and a place in the batch plan."""

    def __init__(self, job: dict):
        self.job = job
        self.mode = job.get("mode", "grouped")
        if self.mode not in ("grouped", "dynamic", "padded", "official"):
            raise SystemExit(f"unknown mode {self.mode!r}")
        job.setdefault("maxLength", 128)
        self.token_mismatches = None
        if "random" in job:
            input_ids = common.random_rows(job)
            labels = torch.randint(0, job.get("numLabels", 2), (len(input_ids),)).tolist()
        else:
            input_ids = job["inputIds"] if "inputIds" in job else common.tokenize(job, job["texts"])[0]
            labels = job["labels"]
            if "inputIds" in job and "texts" in job:
                own, _ = common.tokenize(job, job["texts"])
                self.token_mismatches = sum(a != b for a, b in zip(own, input_ids, strict=True))
        self.rows = common.as_rows(job, input_ids)
        self.labels = torch.tensor(labels)
        self.batches = self.plan()
        self.dev = self.read_dev()

        self.device = job.get("device", "cpu")
        self.model = common.load_model(job).train()
        self.forward = common.callable_of(self.model, job)
        self.checkers = []
        if self.mode == "official":
            for _ in range(2):
                checker = copy.deepcopy(self.model)
                # Heads of their own, so that the weights are not all 1.
                torch.nn.init.normal_(checker.classifier.weight, std=0.02)
                self.checkers.append(checker.eval())
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=job.get("learningRate", 6e-5),
            betas=(0.9, 0.999),
            eps=1e-8,
            weight_decay=job.get("weightDecay", 0.0),
            fused=True,
        )
        self.schedule = get_linear_schedule_with_warmup(
            self.optimiser, job.get("warmupSteps", 0), job.get("totalSteps", len(self.batches))
        )
        self.position = 0

    def plan(self) -> list[list[int]]:
        if self.mode == "grouped" and "batches" in self.job:
            return self.job["batches"]
        size = self.job.get("batchSize", 32)
        if self.mode == "grouped":
            if "random" not in self.job:
                raise SystemExit("mode grouped needs `batches`")
            order = list(range(len(self.rows)))
        else:
            order = torch.randperm(len(self.rows)).tolist()
        return [order[i : i + size] for i in range(0, len(order), size)]

    def read_dev(self):
        if "dev" not in self.job:
            return None
        dev = self.job["dev"]
        input_ids = dev["inputIds"] if "inputIds" in dev else common.tokenize(self.job, dev["texts"])[0]
        return common.as_rows(self.job, input_ids), torch.tensor(dev["labels"])

    def inputs(self, rows: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        length = self.job["maxLength"] if self.mode in ("padded", "official") else None
        return common.pad(rows, length, self.device)

    def loss(self, inputs: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        logits = self.forward(**inputs).logits
        losses = F.cross_entropy(logits, labels, reduction="none")
        if self.checkers:
            with torch.no_grad():
                quality, diversity = (
                    -F.cross_entropy(checker(**inputs).logits, labels, reduction="none")
                    for checker in self.checkers
                )
            losses = (quality - diversity).exp() * losses
        return losses.mean()

    def step(self, count: common.Count) -> float:
        batch = self.batches[self.position % len(self.batches)]
        self.position += 1
        inputs = self.inputs([self.rows[i] for i in batch])
        self.optimiser.zero_grad()
        loss = self.loss(inputs, self.labels[batch].to(self.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        count.add(inputs)
        return loss.item()

    def run(self, steps: int) -> dict:
        count, losses, seconds = common.Count(), [], []
        start = time.perf_counter()
        for _ in range(steps):
            before = time.perf_counter()
            losses.append(round(self.step(count), 6))
            seconds.append(round(time.perf_counter() - before, 6))
        return {
            "mode": self.mode,
            "steps": steps,
            **count.rates(time.perf_counter() - start),
            "stepSeconds": seconds,
            "losses": losses,
        }

    def evaluate(self) -> dict:
        if self.dev is None:
            return {"error": "the job has no dev rows"}
        rows, labels = self.dev
        logits = torch.empty(len(rows), self.model.config.num_labels)
        start = time.perf_counter()
        self.model.eval()
        with torch.inference_mode():
            for batch in common.sorted_batches(rows, self.job.get("batchSize", 32)):
                logits[batch] = self.model(**self.inputs([rows[i] for i in batch])).logits.cpu()
        self.model.train()
        return {
            "evaluateSeconds": round(time.perf_counter() - start, 6),
            "devExamples": len(rows),
            "devAccuracy": (logits.argmax(1) == labels).float().mean().item(),
            "devLoss": F.cross_entropy(logits, labels).item(),
        }

    def tokenize(self) -> dict:
        if "texts" not in self.job:
            return {"error": "the job has no texts"}
        _, seconds = common.tokenize(self.job, self.job["texts"])
        return {"tokenizeSeconds": round(seconds, 6), "examples": len(self.job["texts"])}

    def save(self) -> dict:
        if "checkpoint" not in self.job:
            return {"error": "the job names no checkpoint"}
        path = Path(self.job["checkpoint"])
        start = time.perf_counter()
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "schedule": self.schedule.state_dict(),
                "position": self.position,
            },
            path,
        )
        return {
            "saveSeconds": round(time.perf_counter() - start, 6),
            "checkpointBytes": path.stat().st_size,
        }

    def epoch(self) -> dict:
        parts: dict = {}
        start = time.perf_counter()
        if "texts" in self.job:
            _, seconds = common.tokenize(self.job, self.job["texts"])
            parts["tokenizeSeconds"] = round(seconds, 6)
        self.position = 0
        trained = self.run(len(self.batches))
        parts["trainSeconds"] = trained.pop("seconds")
        if self.dev is not None:
            parts.update(self.evaluate())
        if "checkpoint" in self.job:
            parts.update(self.save())
        parts["epochSeconds"] = round(time.perf_counter() - start, 6)
        return {**trained, **parts, "tokenMismatches": self.token_mismatches}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", help="JSON job file")
    parser.add_argument("--serve", action="store_true", help="obey commands on stdin")
    arguments = parser.parse_args()
    training = Training(common.read_job(arguments.job))
    if arguments.serve:
        common.serve(
            {
                "run": lambda words: training.run(int(words[0]) if words else 1),
                "epoch": lambda _: training.epoch(),
                "evaluate": lambda _: training.evaluate(),
                "save": lambda _: training.save(),
                "tokenize": lambda _: training.tokenize(),
            }
        )
    else:
        common.answer(
            {**training.epoch(), **common.versions(), "peakMemoryBytes": common.peak_memory_bytes()}
        )


if __name__ == "__main__":
    main()
