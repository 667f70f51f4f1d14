"""Takes the steps of a training with PyTorch. tc0 starts this program and tells it what to do.

Each request is one line of JSON on standard input, and gets one on standard output. The words
of a request follow its line as little-endian int32: the tokens of all words, then the labels,
where a negative one is not scored. Requests are the methods of Engine; the program ends
with its input.
"""
import ctypes
import json
import math
import os
import signal
import struct
import sys
import time

import torch
from torch.nn import functional as F

import architectures

CHUNK = 1 << 14  # positions that are scored at once


class Engine:
    """The model, its optimiser and the words that it is scored on."""

    def load(self, request, words):
        """Takes the checkpoint in a directory; says what it will run on."""
        torch.set_num_threads(request["threads"])
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.directory = request["directory"]
        config, weights = architectures.read_checkpoint(self.directory, torch.float32, self.device)
        self.forward = architectures.build(config, weights)
        self.trained = {entry["name"]: weights[entry["name"]] for entry in request["parameters"]}
        for name, t in weights.items():
            t.requires_grad_(name in self.trained)
        groups = {True: [], False: []}
        for entry in request["parameters"]:
            groups[entry["decay"]].append(weights[entry["name"]])
        self.optimiser = torch.optim.AdamW(
            [
                {"params": groups[True], "weight_decay": request["decay"]},
                {"params": groups[False], "weight_decay": 0.0},
            ],
            betas=(request["beta1"], request["beta2"]), eps=request["eps"],
        )
        name = torch.cuda.get_device_name() if self.device == "cuda" else self.device
        return {"version": torch.__version__, "device": name}

    def validation(self, request, words):
        """Keeps the words that are scored."""
        self.words = words
        return {}

    def step(self, request, words):
        """Takes one step, unless loss or gradient is not finite: then says which number is the first."""
        ids, labels = words
        started = self.clock()
        logits = self.forward(ids)
        loss = cross_entropy(logits, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        grads = [p.grad for p in self.trained.values()]
        length = torch.stack([g.norm() for g in grads]).norm()
        answer = {"hits": 0, "bad": None}
        if request["count"]:
            answer["hits"] = int((logits.detach().argmax(-1) == labels).sum())
        loss, length = torch.stack([loss.detach(), length]).tolist()
        if math.isfinite(loss) and math.isfinite(length):
            self.move(grads, length, request)
        else:
            answer["bad"] = self.first_bad()
        answer.update(loss=str(loss), gradient=str(length), seconds=self.clock() - started)
        return answer

    def move(self, grads, length, request):
        """Moves the parameters against the gradient, or against one of the longest length allowed."""
        if 0 < request["clip"] < length:
            for g in grads:
                g.mul_(request["clip"] / length)
        for group in self.optimiser.param_groups:
            group["lr"] = request["rate"]
        self.optimiser.step()

    def first_bad(self):
        """The first parameter, or else gradient, that is not finite."""
        grads = {name: p.grad for name, p in self.trained.items()}
        for kind, tensors in (("parameter", self.trained), ("gradient by", grads)):
            for name, t in tensors.items():
                bad = (~torch.isfinite(t)).flatten().nonzero()
                if len(bad):
                    index = int(bad[0])
                    return {"kind": kind, "name": name, "index": index, "value": str(t.flatten()[index].item())}
        return None

    @torch.no_grad()
    def score(self, request, words):
        """Counts what the model gets right of the words kept: by position, and whole words."""
        started = self.clock()
        ids, labels = self.words
        size = max(1, CHUNK // ids.shape[1])
        predicted = torch.cat([self.forward(part).argmax(-1) for part in ids.split(size)])
        scored, right = labels >= 0, predicted == labels
        return {
            "correct": right.sum(0).tolist(),
            "scored": scored.sum(0).tolist(),
            "sequences": int((right | ~scored).all(1).sum()),
            "seconds": self.clock() - started,
        }

    def save(self, request, words):
        """Writes the trained tensors as a safetensors file."""
        write_tensors(os.path.join(self.directory, request["file"]), self.trained)
        return {}

    def clock(self):
        """Seconds of this process's processor time; of time on a GPU, where the processor waits."""
        return time.perf_counter() if self.device == "cuda" else time.process_time()

    def read_words(self, shape):
        count = math.prod(shape)
        data = bytearray(sys.stdin.buffer.read(8 * count))
        both = torch.frombuffer(data, dtype=torch.int32).reshape(2, *shape).to(self.device, torch.int64)
        return both[0], both[1].clamp(min=-1)


def cross_entropy(logits, labels):
    """The mean over the labels that are scored; 0 if none is."""
    total = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-1, reduction="sum")
    return total / (labels >= 0).sum().clamp(min=1)


def write_tensors(path, tensors):
    header, parts, at = {}, [], 0
    for name, t in tensors.items():
        t = t.detach().cpu().contiguous()
        parts.append(ctypes.string_at(t.data_ptr(), t.numel() * t.element_size()))  # needs no NumPy
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + len(parts[-1])]}
        at += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for tc0, which ends this program
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    engine = Engine()
    for line in iter(sys.stdin.buffer.readline, b""):
        request = json.loads(line)
        words = engine.read_words(request["shape"]) if "shape" in request else None
        answer = getattr(engine, request["do"])(request, words)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
