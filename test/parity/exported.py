"""What Hugging Face's transformers make of exported classifiers; run by export.test.ts.

Reads JSON from standard input: a list of {dir, rows: [{ids, types or null}], texts: [str]}.
Writes JSON to standard output: for each folder {missing, unexpected, mismatched, logits: per row, scores: per text, by
label}. Needs torch and transformers.
"""

import json
import sys

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

results = []
for folder in json.load(sys.stdin):
    model, info = AutoModelForSequenceClassification.from_pretrained(
        folder["dir"], output_loading_info=True, local_files_only=True
    )
    model.eval()
    logits = []
    for row in folder["rows"]:
        inputs = {"input_ids": torch.tensor([row["ids"]])}
        if row["types"] is not None:
            inputs["token_type_ids"] = torch.tensor([row["types"]])
        with torch.no_grad():
            logits.append(model(**inputs).logits[0].tolist())
    scores = []
    if folder["texts"]:
        tokenizer = AutoTokenizer.from_pretrained(folder["dir"], local_files_only=True)
        classify = pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None, truncation=True)
        scores = [{entry["label"]: entry["score"] for entry in result} for result in classify(folder["texts"])]
    results.append(
        {
            "missing": sorted(info["missing_keys"]),
            "unexpected": sorted(info["unexpected_keys"]),
            "mismatched": [str(key) for key in info["mismatched_keys"]],
            "dtype": str(model.dtype),
            "logits": logits,
            "scores": scores,
        }
    )
json.dump(results, sys.stdout)
