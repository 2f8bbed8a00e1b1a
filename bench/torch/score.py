"""Scoring baseline: the forward pass alone, rows sorted by length, in PyTorch.

    python bench/torch/score.py JOB.json           one pass over all rows; prints one JSON line
    python bench/torch/score.py JOB.json --serve   stays alive and obeys lines on stdin

In a venv with bench/torch/requirements.txt. Inference mode, SDPA attention, no dropout.

Job fields: `model` | `config`, `inputIds` | `texts` (with `tokenizer`) | `random`, `vocabulary`, `maxLength`, `batchSize`, `numLabels`,
`threads`, `seed`, `attention`, `device`, `compile` as in train.py; `returnLogits` true adds the logits of a whole pass, in row order.

Commands in --serve mode, each answered by one JSON line: `run` (all rows), `run N` (the next N batches, going round at the end),
`tokenize` (the texts alone), `quit`.
"""

import argparse
import time

import torch

import common


class Scoring:
    """A model in eval mode and a place in the length-sorted batches."""

    def __init__(self, job: dict):
        self.job = job
        job.setdefault("maxLength", 128)
        self.tokenize_seconds = None
        if "random" in job:
            input_ids = common.random_rows(job)
        elif "inputIds" in job:
            input_ids = job["inputIds"]
        else:
            input_ids, self.tokenize_seconds = common.tokenize(job, job["texts"])
        self.rows = common.as_rows(job, input_ids)
        self.batches = common.sorted_batches(self.rows, job.get("batchSize", 32))
        self.device = job.get("device", "cpu")
        self.model = common.callable_of(common.load_model(job).eval(), job)
        self.labels = job.get("numLabels", 2)
        self.position = 0

    def run(self, batches: int) -> dict:
        count = common.Count()
        logits = torch.empty(len(self.rows), self.labels)
        start = time.perf_counter()
        with torch.inference_mode():
            for _ in range(batches):
                batch = self.batches[self.position % len(self.batches)]
                self.position += 1
                inputs = common.pad([self.rows[i] for i in batch], device=self.device)
                logits[batch] = self.model(**inputs).logits.cpu()
                count.add(inputs)
        result = {"batches": batches, **count.rates(time.perf_counter() - start)}
        if self.tokenize_seconds is not None:
            result["tokenizeSeconds"] = round(self.tokenize_seconds, 6)
        if self.job.get("returnLogits", False) and batches == len(self.batches):
            result["logits"] = logits.tolist()
        return result

    def tokenize(self) -> dict:
        if "texts" not in self.job:
            return {"error": "the job has no texts"}
        _, seconds = common.tokenize(self.job, self.job["texts"])
        return {"tokenizeSeconds": round(seconds, 6), "examples": len(self.job["texts"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", help="JSON job file")
    parser.add_argument("--serve", action="store_true", help="obey commands on stdin")
    arguments = parser.parse_args()
    scoring = Scoring(common.read_job(arguments.job))
    everything = len(scoring.batches)
    if arguments.serve:
        common.serve(
            {
                "run": lambda words: scoring.run(int(words[0]) if words else everything),
                "tokenize": lambda _: scoring.tokenize(),
            }
        )
    else:
        common.answer(
            {**scoring.run(everything), **common.versions(), "peakMemoryBytes": common.peak_memory_bytes()}
        )


if __name__ == "__main__":
    main()
