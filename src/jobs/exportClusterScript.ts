/** What an export for a cluster holds beside its data: the script that trains, what it needs, and how to run it. */

/** Name of the script in the folder. */
export const scriptName = 'train.py';

/** `requirements.txt`. */
export const requirements = `torch>=2.4
transformers>=5,<6
accelerate>=1.1
`;

/** `README.md`. */
export function readme({ loss, model, rows }: { loss: string; model: string; rows: number }): string {
  return `# Training with the loss \`${loss}\` on a cluster

Written by Counterweight: ${String(rows)} weighted rows (\`train.jsonl\`), every setting (\`config.json\`), and a script of Hugging Face's Trainer.

\`\`\`
pip install -r requirements.txt          # PyTorch for your GPUs first, where the default build is not it
torchrun --nproc-per-node 4 ${scriptName}
torchrun --nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint HOST:29500 ${scriptName}
python ${scriptName}                          # one process, one GPU or the processor
\`\`\`

The encoder is \`${model}\`. Every step takes the mean over the rows of the same effective batch, on any number of processes: a batch that
does not divide is filled up with rows that count nothing. Weights are constants; with DIMP they follow the model in training, dropout on.
The new head, dropout and the order of rows are drawn by PyTorch, so a run equals Counterweight's own on the synthetic rows
(\`counterweight train --data synthetic\`) in its method, not in its bits.
The model and its metrics go to \`output/\`; \`python ${scriptName} --help\` lists the few options.
`;
}

/** `train.py`. Neither backticks nor a dollar before a brace stand in it. */
export const script = String.raw`"""Fine-tunes a classifier with the weighted loss that config.json names. Run it under torchrun on any number of processes.

ce    mean of -log P(y|x)
imp   mean of w * -log P(y|x), w = (quality checker / diversity checker) as stored with each row (also quality, filter, random)
dimp  the same with w = (quality checker / this model)^gamma of this very forward pass, dropout on

No gradient flows through w. The mean is over the rows of the effective batch, never over the sum of their weights.
"""

import argparse
import json
import math
import os
import random
import sys
from pathlib import Path

# A process uses one GPU: several without torchrun would be PyTorch's DataParallel, which cuts batches in another way.
if "WORLD_SIZE" not in os.environ:
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]

import torch
from torch.utils.data import Dataset, Sampler
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

HERE = Path(__file__).resolve().parent
#: Batches within which rows are sorted by length, so that little is padded.
WINDOW = 50


def row_losses(logits, labels, loss, weight, log_p, gamma, clip):
    """Each row's loss, and the constant that multiplied its cross-entropy.

    weight: stored weights, for every loss but ce and dimp. log_p: log of the quality checker's probability of the row's
    label, for dimp. clip: bounds of log w, before exp.
    """
    own = torch.log_softmax(logits.float(), dim=-1).gather(1, labels.unsqueeze(1)).squeeze(1)
    if loss == "ce":
        weight = torch.ones_like(own)
    elif loss == "dimp":
        weight = (gamma * (log_p - own.detach())).clamp(clip["min"], clip["max"]).exp()
    return -own * weight, weight


class Rows(Dataset):
    """Tokenised rows. A training row is asked for by its number and what it counts in its batch."""

    def __init__(self, path, tokenizer, config):
        with open(path, encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        texts = [row["text"] for row in rows]
        pairs = [row["text_pair"] for row in rows] if "text_pair" in rows[0] else None
        self.tokens = tokenizer(texts, pairs, truncation=True, max_length=config["max_length"])
        self.lengths = [len(ids) for ids in self.tokens["input_ids"]]
        self.labels = [config["labels"].index(row["label"]) for row in rows]
        self.weight = [row.get("weight", 1.0) for row in rows]
        self.log_p = [row["log_p"][label] if "log_p" in row else 0.0 for row, label in zip(rows, self.labels)]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, key):
        row, scale = key if isinstance(key, tuple) else (key, None)
        tokens = {name: values[row] for name, values in self.tokens.items()}
        item = {"tokens": tokens, "labels": self.labels[row]}
        if scale is not None:
            item.update(scale=scale, weight=self.weight[row], log_p=self.log_p[row])
        return item


class Collate:
    """Pads a batch to its longest row."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __call__(self, items):
        batch = dict(self.tokenizer.pad([item["tokens"] for item in items], return_tensors="pt"))
        batch["labels"] = torch.tensor([item["labels"] for item in items])
        for name in ("scale", "weight", "log_p"):
            if name in items[0]:
                batch[name] = torch.tensor([item[name] for item in items], dtype=torch.float32)
        return batch


class EffectiveBatches(Sampler):
    """The rows of each step, in order: those of its batch, then as many that count nothing as make it divide.

    Yields (row, 1 / rows of the batch), or (row, 0) for one that fills up.
    """

    def __init__(self, plan, steps, rows_per_step):
        self.plan, self.steps, self.rows_per_step, self.epoch = plan, steps, rows_per_step, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.steps * self.rows_per_step

    def __iter__(self):
        for batch in self.plan(self.epoch):
            yield from ((row, 1 / len(batch)) for row in batch)
            yield from ((batch[0], 0.0) for _ in range(self.rows_per_step - len(batch)))


def shuffled(lengths, batch_size, seed, grouped):
    """Batches of an epoch: shuffled, sorted by length within windows, batches shuffled; the same on every process."""

    def plan(epoch):
        draw = random.Random(f"{seed} {epoch}")
        order = list(range(len(lengths)))
        draw.shuffle(order)
        batches = []
        for start in range(0, len(order), WINDOW * batch_size):
            rows = order[start : start + WINDOW * batch_size]
            if grouped:
                rows.sort(key=lambda row: -lengths[row])
            batches += [rows[at : at + batch_size] for at in range(0, len(rows), batch_size)]
        if grouped:
            draw.shuffle(batches)
        return batches

    return plan


class WeightedTrainer(Trainer):
    """Hugging Face's Trainer with the weighted loss, over batches that are the same on any number of processes."""

    # The loss below is already that of the whole step: the Trainer must not divide it by its micro-batches.
    loss_is_scaled_for_ga = True

    def __init__(self, *args, config, batches, **kwargs):
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = True
        self.config, self.batches = config, batches

    def _get_train_sampler(self, *_, **__):
        return self.batches

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        inputs = dict(inputs)
        labels = inputs.pop("labels")
        scale, weight, log_p = (inputs.pop(name, None) for name in ("scale", "weight", "log_p"))
        outputs = model(**inputs)
        if scale is None:
            loss = row_losses(outputs.logits, labels, "ce", None, None, 1, None)[0].mean()
        else:
            config = self.config
            rows, _ = row_losses(
                outputs.logits, labels, config["loss"], weight, log_p, config["gamma"], config["clip"]
            )
            # Gradients are averaged over processes: times their number, the sum is over all rows of the step.
            loss = (rows * scale).sum() * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss


class Losses(TrainerCallback):
    """Writes what is logged to a file, unrounded."""

    def __init__(self, path):
        self.path = path
        path.write_text("")

    def on_log(self, args, state, control, logs=None, **kwargs):
        if state.is_world_process_zero and logs:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps({"step": state.global_step, **logs}) + "\n")


def metrics_of(labels):
    def compute(prediction):
        logits = torch.as_tensor(prediction.predictions, dtype=torch.float64)
        truth = torch.as_tensor(prediction.label_ids)
        guess = logits.argmax(-1)
        f1 = []
        for label in range(len(labels)):
            hits = ((guess == label) & (truth == label)).sum().item()
            there = (guess == label).sum().item() + (truth == label).sum().item()
            f1.append(2 * hits / there if there else 0.0)
        log_loss = -torch.log_softmax(logits, -1).gather(1, truth.unsqueeze(1)).mean().item()
        accuracy = (guess == truth).double().mean().item()
        result = {"accuracy": accuracy, "macroF1": sum(f1) / len(f1), "log_loss": log_loss}
        # The log-loss, squeezed into less than two fractions of counts differ by, only breaks ties.
        tie = 1e-9 * log_loss / (1 + log_loss)
        result.update({f"chosen_by_{name}": result[name] - tie for name in ("accuracy", "macroF1")})
        return result

    return compute


def main():
    parser = argparse.ArgumentParser(description="Trains with the weighted loss of config.json, under torchrun.")
    parser.add_argument("--output", default=str(HERE / "output"), help="where model and metrics go")
    parser.add_argument("--model", help="another encoder: a hub name or a folder")
    parser.add_argument("--order", help="JSON file: for each epoch the batches as lists of row numbers from 0")
    parser.add_argument("--log-every", type=int, default=10, help="steps between logged losses")
    parser.add_argument("--cpu", action="store_true", help="do not use GPUs")
    parser.add_argument("--bf16", action="store_true", help="mixed precision; losses stay float32")
    parser.add_argument("--resume", help="checkpoint folder to go on from")
    options = parser.parse_args()

    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    set_seed(config["seed"])
    name = options.model or config["model"]
    if not options.model and (HERE / name).is_dir():
        name = str(HERE / name)
    labels = config["labels"]
    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModelForSequenceClassification.from_pretrained(
        name,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        dtype=torch.float32,
    )
    train = Rows(HERE / "train.jsonl", tokenizer, config)
    held = {name: Rows(HERE / f"{name}.jsonl", tokenizer, config) for name in ("dev", "test") if (HERE / f"{name}.jsonl").exists()}

    # The effective batch is config's, whatever the number of processes.
    batch_size, processes = config["batch_size"], int(os.environ.get("WORLD_SIZE", "1"))
    per_process = math.ceil(batch_size / processes)
    micro_batches = math.ceil(per_process / config["micro_batch_size"])
    micro_batch = math.ceil(per_process / micro_batches)
    steps = math.ceil(len(train) / batch_size)
    plan = shuffled(train.lengths, batch_size, config["seed"], config["group_by_length"])
    if options.order:
        order = json.loads(Path(options.order).read_text(encoding="utf-8"))
        for epoch in order:
            assert len(epoch) == steps and all(0 < len(batch) <= batch_size for batch in epoch), "batches of another size"
        plan = order.__getitem__

    output = Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    each_epoch = "epoch" if "dev" in held else "no"
    arguments = TrainingArguments(
        output_dir=str(output),
        per_device_train_batch_size=micro_batch,
        gradient_accumulation_steps=micro_batches,
        per_device_eval_batch_size=64,
        num_train_epochs=config["epochs"],
        learning_rate=config["learning_rate"],
        lr_scheduler_type="linear",
        warmup_steps=math.floor(config["warmup_ratio"] * steps * config["epochs"] + 0.5),
        weight_decay=config["weight_decay"],
        adam_beta1=config["beta1"],
        adam_beta2=config["beta2"],
        adam_epsilon=config["epsilon"],
        max_grad_norm=config["max_gradient_norm"],
        optim="adamw_torch",
        seed=config["seed"],
        bf16=options.bf16,
        use_cpu=options.cpu,
        logging_steps=options.log_every,
        eval_strategy=each_epoch,
        save_strategy=each_epoch,
        save_total_limit=2,
        load_best_model_at_end="dev" in held,
        metric_for_best_model=f"chosen_by_{config['select_by']}" if "dev" in held else None,
        greater_is_better=True if "dev" in held else None,
        remove_unused_columns=False,
        label_names=["labels"],
        ddp_find_unused_parameters=False,
        report_to=[],
    )
    trainer = WeightedTrainer(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=held.get("dev"),
        data_collator=Collate(tokenizer),
        compute_metrics=metrics_of(labels),
        callbacks=[Losses(output / "log.jsonl")] if int(os.environ.get("RANK", "0")) == 0 else [],
        config=config,
        batches=EffectiveBatches(plan, steps, processes * micro_batch * micro_batches),
    )
    trainer.train(resume_from_checkpoint=options.resume)
    results = {name: trainer.evaluate(rows, metric_key_prefix=name) for name, rows in held.items()}
    trainer.save_model(str(output / "model"))
    if trainer.is_world_process_zero():
        tokenizer.save_pretrained(str(output / "model"))
        (output / "metrics.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        print(json.dumps(results))
    if torch.distributed.is_initialized():
        if "gloo" in torch.distributed.get_backend():
            # All is written. Taking gloo down can deadlock: its thread waits for Python's lock to let go of a tensor, while
            # the holder of the lock waits for the thread. And left to itself it may abort the process at its end.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
`;
