#!/usr/bin/env python3
"""Compares the tokens per second of PyTorch and of a Go benchmark on one Mamba model.

    mamba_torch.py CHECKPOINT [--length 16] [--batch 128] [--threads 2]

CHECKPOINT is a folder with config.json and model.safetensors under the tensor names
of Hugging Face transformers, of the original Mamba code or of the word-problem
taggers. Both sides run on the CPU, with the same number of threads, in this one run.

The PyTorch side is a float32 forward pass written from the published equations in
the way of the public pure-PyTorch versions (selective_scan_ref of
state-spaces/mamba, mamba-minimal, slow_forward of transformers): einsum builds the
scan's operands for the whole word, then a Python loop runs over time. It is checked
against the float32 logits of golden.safetensors when the folder has that file, runs
in a process of its own under each of SETTINGS, and the fastest setting counts.

The Go side are benchmarks that report the metric tokens/s, run by `go test` in this
repository, NAME being the checkpoint's folder: BenchmarkEvalRecurrent/NAME, which
computes the recurrence as PyTorch does, and BenchmarkEvalModel/NAME, the convolution
that is compiled by default, with a decay for each pair of positions. Their file
fixes its own length and batch; give this program the same.

Exit status: 0 when the first of the Go benchmarks is at least as fast as PyTorch in its
fastest setting, 1 when it is slower, 2 when the comparison could not be made. Needs
torch and numpy; README.md says more.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
WARM_UP = 5

# What moves PyTorch's figure by a factor of two and is no part of PyTorch: whether
# glibc gives large blocks back after each operation, and whether the threads of the
# BLAS library compete with PyTorch's own.
KEEP_BLOCKS = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
SETTINGS = {
    "as installed": {},
    "large blocks kept": KEEP_BLOCKS,
    "large blocks kept, one BLAS thread": dict(KEEP_BLOCKS, OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1"),
}


def fail(message):
    print("mamba_torch.py: " + message, file=sys.stderr)
    sys.exit(2)


# ------------------------------------------------------------- the PyTorch side


def read_safetensors(path):
    """The arrays of a safetensors file by name; BF16 is widened to float32."""
    import numpy

    try:
        raw = path.read_bytes()
        (header_size,) = struct.unpack_from("<Q", raw)
        header = json.loads(raw[8 : 8 + header_size])
    except (OSError, ValueError, struct.error) as error:
        fail(f"{path}: {error}: expected a safetensors file")
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        begin, end = (8 + header_size + offset for offset in entry["data_offsets"])
        data = raw[begin:end]
        if entry["dtype"] == "BF16":
            widened = numpy.frombuffer(data, "<u2").astype("<u4") << 16
            flat = widened.view("<f4")
        elif entry["dtype"] in DTYPES:
            flat = numpy.frombuffer(data, DTYPES[entry["dtype"]])
        else:
            fail(f"{path}: tensor {name} has dtype {entry['dtype']}, expected BF16 or one of {', '.join(DTYPES)}")
        arrays[name] = flat.reshape(entry["shape"]).copy()
    return arrays


class Mamba:
    """The weights of a checkpoint in float32 and the function they define."""

    def __init__(self, folder):
        import torch

        self.torch, self.f = torch, torch.nn.functional
        try:
            config = json.loads((folder / "config.json").read_text())
        except (OSError, ValueError) as error:
            fail(f"{folder / 'config.json'}: {error}: expected the configuration of a Mamba model")
        self.w = {
            name.removeprefix("backbone."): torch.from_numpy(array.astype("float32"))
            for name, array in read_safetensors(folder / "model.safetensors").items()
        }
        self.eps = config.get("layer_norm_epsilon", config.get("layer_norm_eps", 1e-5))
        self.layers = len({m[1] for m in (re.match(r"layers\.(\d+)\.mixer\.A_log$", name) for name in self.w) if m})
        if not self.layers:
            fail(f"{folder}: no tensor is named layers.N.mixer.A_log, expected a Mamba model")
        self.embedding = self.first("embeddings.weight", "embedding.weight")
        self.vocab = self.embedding.shape[0]
        self.head = self.first("lm_head.weight", "cl_head.weight", "embeddings.weight", "embedding.weight")
        self.head_bias = self.w.get("cl_head.bias")

    def first(self, *names):
        """The first of the tensors that the file has."""
        found = next((self.w[name] for name in names if name in self.w), None)
        if found is None:
            fail(f"none of the tensors {', '.join(names)} is there, expected a complete model")
        return found

    def logits(self, ids):
        """Logits [batch, length, vocab] for token numbers [batch, length]."""
        stream = self.f.embedding(ids, self.embedding)
        for layer in range(self.layers):
            prefix = f"layers.{layer}."
            stream = stream + self.mixer(self.norm(stream, prefix + "norm"), prefix + "mixer.")
        return self.f.linear(self.norm(stream, "norm_f"), self.head, self.head_bias)

    def norm(self, x, name):
        """RMSNorm, or LayerNorm when there is a bias."""
        weight, bias = self.w[name + ".weight"], self.w.get(name + ".bias")
        if bias is not None:
            return self.f.layer_norm(x, weight.shape, weight, bias, self.eps)
        return x * self.torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + self.eps) * weight

    def linear(self, x, name):
        return self.f.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def mixer(self, x, prefix):
        """in_proj, causal convolution, SiLU, selective scan, gate, out_proj."""
        a = -self.torch.exp(self.w[prefix + "A_log"])
        d_inner, d_state = a.shape
        u, gate = self.linear(x, prefix + "in_proj").chunk(2, dim=-1)

        kernel = self.w[prefix + "conv1d.weight"]
        padded = self.f.pad(u.transpose(1, 2), (kernel.shape[-1] - 1, 0))
        u = self.f.conv1d(padded, kernel, self.w.get(prefix + "conv1d.bias"), groups=d_inner)
        u = self.f.silu(u.transpose(1, 2))

        rank = self.w[prefix + "dt_proj.weight"].shape[1]
        low_rank, b, c = self.linear(u, prefix + "x_proj").split([rank, d_state, d_state], dim=-1)
        delta = self.f.softplus(self.linear(low_rank, prefix + "dt_proj"))
        y = self.scan(u, delta, a, b, c) + self.w[prefix + "D"] * u
        return self.linear(y * self.f.silu(gate), prefix + "out_proj")

    def scan(self, u, delta, a, b, c):
        """h_t = exp(delta_t a) h_{t-1} + delta_t b_t u_t, and y_t = c_t h_t.

        Shapes: u and delta [B, L, E]; a [E, N]; b and c [B, L, N]; result [B, L, E].
        """
        einsum = self.torch.einsum
        decay = self.torch.exp(einsum("ble,en->blen", delta, a))
        drive = einsum("ble,bln,ble->blen", delta, b, u)
        h = self.torch.zeros_like(drive[:, 0])
        outputs = []
        for t in range(u.shape[1]):
            h = decay[:, t] * h + drive[:, t]
            outputs.append(einsum("ben,bn->be", h, c[:, t]))
        return self.torch.stack(outputs, dim=1)


def golden_difference(model, folder, length):
    """The largest |logit - golden float32 logit| over the largest |golden logit|.

    At the timed length, or at every length that the file has when it lacks that one;
    None without a file.
    """
    path = folder / "golden.safetensors"
    if not path.exists():
        return None
    golden = read_safetensors(path)
    lengths = [int(name[5:]) for name in golden if name.startswith("ids.L") and "logits.L" + name[5:] in golden]
    worst = None
    for n in [length] if length in lengths else lengths:
        got, want = model.logits(model.torch.from_numpy(golden[f"ids.L{n}"])).numpy(), golden[f"logits.L{n}"]
        worst = max(worst or 0.0, float(abs(got - want).max() / abs(want).max()))
    return worst


def loaded_blas():
    """File names of the BLAS libraries mapped into this process (Linux only)."""
    maps = pathlib.Path("/proc/self/maps")
    if not maps.exists():
        return []
    paths = {pathlib.Path(line.split()[-1]) for line in maps.read_text().splitlines()}
    blas = [path.resolve() for path in paths if "blas" in path.name or "mkl" in path.name]
    return sorted("/".join(path.parts[-2:]) for path in blas)


def time_torch(args):
    """Runs in a process of its own; prints one line of JSON."""
    import torch

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = Mamba(args.checkpoint)
    ids = torch.randint(model.vocab, (args.batch, args.length))
    seconds = []
    with torch.inference_mode():
        difference = golden_difference(model, args.checkpoint, args.length)
        for _ in range(WARM_UP):
            model.logits(ids)
        for _ in range(args.repeat):
            start = time.perf_counter()
            model.logits(ids)
            seconds.append(time.perf_counter() - start)
    result = {"seconds": seconds, "torch": torch.__version__, "blas": loaded_blas(), "golden_difference": difference}
    print(json.dumps(result))


def torch_round(args, setting):
    """One process under one setting: the parsed result of time_torch."""
    command = [sys.executable, __file__, str(args.checkpoint), "--torch-only"]
    for name in ("length", "batch", "threads", "repeat", "seed"):
        command += ["--" + name, str(getattr(args, name))]
    done = subprocess.run(command, env=dict(os.environ, **SETTINGS[setting]), stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(2)  # the process has said why
    result = json.loads(done.stdout)
    if (result["golden_difference"] or 0) > 1e-4:
        fail(f"PyTorch differs from golden.safetensors by {result['golden_difference']:.1e} of the largest logit: "
             "it would time another function")
    return result


# ------------------------------------------------------------------ the Go side


def bench_rates(output, name):
    """{benchmark: [tokens/s, ...]} of the lines that name the model."""
    rates = {}
    for line in output.splitlines():
        found = re.match(r"(Benchmark\S*?)(?:-\d+)?\s+\d+\s.*?([\d.e+]+) tokens/s", line)
        if found and name in found[1].split("/"):
            rates.setdefault(found[1], []).append(float(found[2]))
    return rates


class GoBenchmark:
    """The compiled test program of a package, so that a round pays no build."""

    def __init__(self, args, folder):
        self.args, self.package = args, args.root / args.package
        self.program = pathlib.Path(folder) / "bench.test"
        self.run(["go", "test", "-c", "-o", str(self.program), "."])

    def run(self, command):
        try:
            done = subprocess.run(command, cwd=self.package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as error:
            fail(f"{' '.join(command)}: {error}")
        if done.returncode != 0:
            fail(f"{' '.join(command)} in {self.package} failed:\n{done.stdout}")
        return done.stdout

    def round(self):
        return self.run([str(self.program), "-test.run=^$", f"-test.bench={self.args.bench}",
                         f"-test.benchtime={self.args.benchtime}", f"-test.cpu={self.args.threads}"])


# --------------------------------------------------------------- the comparison


def machine():
    model, info = platform.processor() or platform.machine(), pathlib.Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.M)
        model = found[1] if found else model
    return {"cpu": model, "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2),
            "system": f"{platform.system()} {platform.release()}"}


def measure(args):
    """All rounds, the two sides in turn; tokens/s of every pass of each side."""
    passes, about, output = {name: [] for name in SETTINGS}, {}, ""
    with tempfile.TemporaryDirectory() as folder:
        go = None if args.go_output else GoBenchmark(args, folder)
        for _ in range(args.rounds):
            for setting in SETTINGS:
                about = torch_round(args, setting)
                passes[setting] += [args.batch * args.length / s for s in about.pop("seconds")]
            output += go.round() if go else ""
    if args.go_output:
        try:
            output = args.go_output.read_text()
        except OSError as error:
            fail(f"{args.go_output}: {error}")
    rates = bench_rates(output, args.checkpoint.resolve().name)
    if not rates:
        fail(f"no benchmark reports tokens/s for {args.checkpoint.resolve().name}: "
             f"choose one with --package and --bench\n{output}")
    return passes, rates, about


def report(args):
    result = {"machine": machine(), "checkpoint": args.checkpoint.resolve().name, "length": args.length, "batch": args.batch,
              "threads": args.threads, "rounds": args.rounds, "passes_a_round": args.repeat}
    passes, rates, about = measure(args)
    result.update(about)
    result["pytorch_tokens_per_second"] = {name: round(statistics.median(p), 1) for name, p in passes.items()}
    result["pytorch_best"] = {name: round(max(p), 1) for name, p in passes.items()}
    result["fastest_setting"] = max(result["pytorch_tokens_per_second"], key=result["pytorch_tokens_per_second"].get)
    fastest = result["pytorch_tokens_per_second"][result["fastest_setting"]]
    # The recurrence first: it is the same function as PyTorch's.
    result["go"] = {
        name: {"tokens_per_second": round(statistics.median(go), 1), "best": round(max(go), 1),
               "ratio": {setting: round(statistics.median(go) / rate, 3)
                         for setting, rate in result["pytorch_tokens_per_second"].items()}}
        for name, go in sorted(rates.items(), key=lambda item: "Recurrent" not in item[0])}
    result["ratio"] = round(next(iter(result["go"].values()))["tokens_per_second"] / fastest, 3)
    return result


def print_table(r):
    m = r["machine"]
    print(f"machine     {m['cpu']}, {m['cores']} cores, {m['system']}, load {m['load_before']} before the run")
    print(f"model       {r['checkpoint']}, length {r['length']}, batch {r['batch']}, {r['threads']} threads on both sides")
    print(f"PyTorch     {r['torch']}, float32, BLAS {', '.join(r['blas']) or 'unknown'}")
    if r["golden_difference"] is not None:
        print(f"            within {r['golden_difference']:.1e} of the golden logits (relative to the largest)")
    print(f"measured    {r['rounds']} rounds of {r['passes_a_round']} PyTorch passes (after {WARM_UP} to warm up) and one run of each Go benchmark\n")
    rows = [("PyTorch, " + name, rate, r["pytorch_best"][name]) for name, rate in r["pytorch_tokens_per_second"].items()]
    rows += [(name, go["tokens_per_second"], go["best"]) for name, go in r["go"].items()]
    width = max(len(name) for name, _, _ in rows)
    print(f"{'tokens/s':{width}}  {'median':>10}  {'best':>10}")
    for name, median, best in rows:
        print(f"{name:{width}}  {median:>10,.0f}  {best:>10,.0f}")
    print()
    for name, go in r["go"].items():
        for setting, ratio in go["ratio"].items():
            print(f"{name} over PyTorch, {setting}: {ratio:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("checkpoint", type=pathlib.Path)
    parser.add_argument("--length", type=int, default=16, help="tokens in a word")
    parser.add_argument("--batch", type=int, default=128, help="words at a time")
    parser.add_argument("--threads", type=int, default=2, help="of either side")
    parser.add_argument("--repeat", type=int, default=30, help="timed PyTorch passes in a round")
    parser.add_argument("--rounds", type=int, default=3, help="both sides take turns")
    parser.add_argument("--seed", type=int, default=1, help="of the words that PyTorch reads")
    parser.add_argument("--root", type=pathlib.Path, default=root, help="of the Go module")
    parser.add_argument("--package", default="circuits/equiv", help="folder of the Go benchmark")
    parser.add_argument("--bench", help="the Go benchmarks, as go test -bench takes it")
    parser.add_argument("--benchtime", default="2s", help="as go test takes it")
    parser.add_argument("--go-output", type=pathlib.Path, help="take the Go side from this saved output instead")
    parser.add_argument("--torch-only", action="store_true", help="time PyTorch alone as this process is set up; JSON")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args()
    for name in ("length", "batch", "threads", "repeat", "rounds"):
        if getattr(args, name) < 1:
            fail(f"--{name} is {getattr(args, name)}, expected at least 1")
    if not args.checkpoint.is_dir():
        fail(f"{args.checkpoint}: not a directory, expected one with config.json and model.safetensors")
    args.checkpoint = args.checkpoint.resolve()
    args.bench = args.bench or f"^BenchmarkEval(Recurrent|Model)$/^{re.escape(args.checkpoint.name)}$"
    if args.torch_only:
        time_torch(args)
        return
    result = report(args)
    print(json.dumps(result, indent=2)) if args.json else print_table(result)
    sys.exit(0 if result["ratio"] >= 1 else 1)


if __name__ == "__main__":
    try:
        main()
    except ImportError as error:
        fail(f"{error}: install PyTorch and numpy for {sys.executable} (Debian: apt-get install python3-torch)")
