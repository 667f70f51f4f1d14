#!/usr/bin/env python3
"""Times a float32 PyTorch forward pass of a Mamba checkpoint on the CPU.

    mamba_torch.py CHECKPOINT [--length 16] [--batch 128] [--threads 2] [--repeat 30]

CHECKPOINT is a folder with config.json and model.safetensors, under the tensor
names of Hugging Face transformers or of the original Mamba code. Only torch and
numpy are needed. The scan is the readable one that public pure-PyTorch versions
use: both discretised operands are built for the whole word by einsum, then a
Python loop runs over time. It is a yardstick for evaluators that run without a
GPU, not the fastest that PyTorch can do.

Two things outside PyTorch move the result by a factor of two each, so state them
with a figure: the BLAS library that is loaded (reported), and whether the C
allocator gives large blocks back after each operation (with glibc, set
MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_ to 2^30 to keep them).

One line of JSON goes to standard output. When the folder has golden.safetensors,
the largest distance to its float32 logits at the timed length (or, when it has
none of that length, at every length it has) is part of it.
"""

import argparse
import json
import os
import pathlib
import statistics
import struct
import sys
import time

import numpy
import torch
from torch.nn import functional

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path):
    """The arrays of a safetensors file by name; BF16 is widened to float32."""
    raw = path.read_bytes()
    (header_size,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + header_size])
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        begin, end = (8 + header_size + offset for offset in entry["data_offsets"])
        data = raw[begin:end]
        if entry["dtype"] == "BF16":
            widened = numpy.frombuffer(data, "<u2").astype("<u4") << 16
            flat = widened.view("<f4")
        else:
            flat = numpy.frombuffer(data, DTYPES[entry["dtype"]])
        arrays[name] = flat.reshape(entry["shape"]).copy()
    return arrays


class Mamba:
    """The weights of a checkpoint and the function they define."""

    def __init__(self, folder):
        config = json.loads((folder / "config.json").read_text())
        if not config.get("rms_norm", True):
            sys.exit(f"{folder}: models with LayerNorm are not handled")
        self.layers = config.get("num_hidden_layers", config.get("n_layer"))
        self.eps = config.get("layer_norm_epsilon", 1e-5)
        tensors = read_safetensors(folder / "model.safetensors")
        self.w = {
            name.removeprefix("backbone."): torch.from_numpy(array.astype("float32"))
            for name, array in tensors.items()
        }
        names = ("embeddings.weight", "embedding.weight")
        self.embedding = next(self.w[n] for n in names if n in self.w)
        self.head = self.w.get("lm_head.weight", self.embedding)
        self.vocab = self.embedding.shape[0]

    def logits(self, ids):
        """Logits [batch, length, vocab] for token numbers [batch, length]."""
        stream = functional.embedding(ids, self.embedding)
        for layer in range(self.layers):
            prefix = f"layers.{layer}."
            normed = self.rms_norm(stream, self.w[prefix + "norm.weight"])
            stream = stream + self.mixer(normed, prefix + "mixer.")
        return functional.linear(self.rms_norm(stream, self.w["norm_f.weight"]), self.head)

    def rms_norm(self, x, weight):
        scale = torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + self.eps)
        return x * scale * weight

    def linear(self, x, name):
        return functional.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def mixer(self, x, prefix):
        """in_proj, causal convolution, SiLU, selective scan, gate, out_proj."""
        a = -torch.exp(self.w[prefix + "A_log"])
        d_inner, d_state = a.shape
        u, gate = self.linear(x, prefix + "in_proj").chunk(2, dim=-1)

        kernel = self.w[prefix + "conv1d.weight"]
        padded = functional.pad(u.transpose(1, 2), (kernel.shape[-1] - 1, 0))
        bias = self.w.get(prefix + "conv1d.bias")
        u = functional.conv1d(padded, kernel, bias, groups=d_inner)
        u = functional.silu(u.transpose(1, 2))

        low_rank, b, c = self.linear(u, prefix + "x_proj").split(
            [self.w[prefix + "dt_proj.weight"].shape[1], d_state, d_state], dim=-1
        )
        delta = functional.softplus(self.linear(low_rank, prefix + "dt_proj"))
        y = selective_scan(u, delta, a, b, c) + self.w[prefix + "D"] * u
        return self.linear(y * functional.silu(gate), prefix + "out_proj")


def selective_scan(u, delta, a, b, c):
    """h_t = exp(delta_t a) h_{t-1} + delta_t b_t u_t, and y_t = c_t h_t.

    Shapes: u and delta [B, L, E]; a [E, N]; b and c [B, L, N]; result [B, L, E].
    """
    decay = torch.exp(torch.einsum("ble,en->blen", delta, a))
    drive = torch.einsum("ble,bln,ble->blen", delta, b, u)
    h = torch.zeros_like(drive[:, 0])
    outputs = []
    for t in range(u.shape[1]):
        h = decay[:, t] * h + drive[:, t]
        outputs.append(torch.einsum("ben,bn->be", h, c[:, t]))
    return torch.stack(outputs, dim=1)


def golden_distance(model, folder, length):
    """The largest |logit - golden float32 logit|, and the lengths compared."""
    path = folder / "golden.safetensors"
    if not path.exists():
        return None, []
    golden = read_safetensors(path)
    lengths = sorted(int(name[5:]) for name in golden if name.startswith("ids.L"))
    if length in lengths:
        lengths = [length]
    worst = 0.0
    for n in lengths:
        got = model.logits(torch.from_numpy(golden[f"ids.L{n}"])).numpy()
        worst = max(worst, float(numpy.abs(got - golden[f"logits.L{n}"]).max()))
    return worst, lengths


def loaded_blas():
    """File names of the BLAS libraries mapped into this process (Linux only)."""
    maps = pathlib.Path("/proc/self/maps")
    if not maps.exists():
        return []
    paths = {pathlib.Path(line.split()[-1]) for line in maps.read_text().splitlines()}
    blas = [path.resolve() for path in paths if "blas" in path.name or "mkl" in path.name]
    return sorted("/".join(path.parts[-2:]) for path in blas)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--length", type=int, default=16, help="tokens in a word")
    parser.add_argument("--batch", type=int, default=128, help="words at a time")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=30, help="timed forward passes")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    model = Mamba(args.checkpoint)
    torch.manual_seed(args.seed)
    ids = torch.randint(model.vocab, (args.batch, args.length))

    seconds = []
    with torch.inference_mode():
        distance, lengths = golden_distance(model, args.checkpoint, args.length)
        for _ in range(3):
            model.logits(ids)
        for _ in range(args.repeat):
            start = time.perf_counter()
            model.logits(ids)
            seconds.append(time.perf_counter() - start)

    tokens = args.batch * args.length
    median = statistics.median(seconds)
    print(
        json.dumps(
            {
                "checkpoint": args.checkpoint.resolve().name,
                "length": args.length,
                "batch": args.batch,
                "repeat": args.repeat,
                "tokens_per_second_median": round(tokens / median, 1),
                "tokens_per_second_best": round(tokens / min(seconds), 1),
                "microseconds_per_token": round(1e6 * median / tokens, 4),
                "torch": torch.__version__,
                "blas": loaded_blas(),
                "threads": torch.get_num_threads(),
                "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
                "openblas_num_threads": os.environ.get("OPENBLAS_NUM_THREADS"),
                "golden_lengths": lengths,
                "golden_max_abs_difference": distance,
            }
        )
    )


if __name__ == "__main__":
    main()
