"""Computes with PyTorch what a checkpoint written by tc0 computes.

    python3 pytorch.py < requests.json > answers.json

Requests are a list. Each has "directory", where config.json and model.safetensors are,
"tokens", words of one length as lists of numbers, and may have "labels", lists like them
with -1 for no label. An answer has "logits", a list for each word and position, and, with
labels, "loss", the sum of the cross entropies, and "gradients", by the name of the
tensor, flattened.

The models are those of empirical/torch, here in float64.
"""
import json
import pathlib
import sys

import torch
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "torch"))
sys.dont_write_bytecode = True

import architectures


def answer(request):
    config, weights = architectures.read_checkpoint(request["directory"], torch.float64)
    logits = architectures.build(config, weights)(torch.tensor(request["tokens"]))
    result = {"logits": logits.tolist()}
    if "labels" in request:
        labels = torch.tensor(request["labels"]).flatten()
        loss = F.cross_entropy(logits.flatten(0, 1), labels, ignore_index=-1, reduction="sum")
        loss.backward()
        result["loss"] = loss.item()
        result["gradients"] = {name: t.grad.flatten().tolist() for name, t in weights.items() if t.grad is not None}
    return result


if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
