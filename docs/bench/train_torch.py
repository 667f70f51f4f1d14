#!/usr/bin/env python3
"""Compares the training steps per second of PyTorch and of this project's own engine.

    train_torch.py [--arch ARCH ...] [--batch 64 256] [--rounds 5] [--threads 2]

Models, words and steps are the same on both sides: width 64, 16 states, the 60 elements of
A5 as tokens, words of 16 letters; forward pass, gradients, clipping and AdamW in float32.
Both sides run on the CPU with the same number of threads, in turn, in this one run.

The PyTorch side is the program behind `tc0 train --engine pytorch` (empirical/torch), each
time in a process of its own, with one BLAS thread since two pools of threads get in each
other's way, under each of SETTINGS; the fastest setting counts. Its words are fixed; the Go
side draws new ones in every step.

The Go side is BenchmarkStep of empirical/train, which `go test` builds twice: as usual, and
with the tag purego, which leaves all loops in Go.

Exit status: 0 when the usual build has at least BOUNDS times PyTorch's median everywhere, or
has no vector loops for this processor, for which there is no bound; 1 when it is slower
somewhere; 2 when the comparison could not be made. Needs go and torch.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import mamba_torch

BOUNDS = {"rnn": 1.2, "lstm": 1.2, "transformer": 1.2, "mamba": 2.0}
# As in BenchmarkStep; what is missing is as usual.
MODELS = {"rnn": {"hidden": 64}, "lstm": {"hidden": 64}, "transformer": {"layers": 2}, "mamba": {}}
LENGTH = 16
SETTINGS = {"as installed": {}, "large blocks kept": mamba_torch.KEEP_BLOCKS}
BUILDS = {"usual": [], "purego": ["-tags", "purego"]}
WARM_UP = 3
BUSY = 0.5  # processes that wanted to run before the measurement, from which on it says little


def fail(message):
    print("train_torch.py: " + message, file=sys.stderr)
    sys.exit(2)


def output_of(command, **options):
    """The standard output of a command that must succeed."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except OSError as error:
        fail(f"{command[0]}: {error}")
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


# ------------------------------------------------------------- the PyTorch side


def time_torch(args):
    """Runs in a process of its own; prints one line of JSON."""
    sys.path.insert(0, str(args.root / "empirical" / "torch"))
    import torch
    import architectures
    import engine

    torch.cuda.is_available = lambda: False  # the CPU is compared
    names = architectures.read_tensors(args.checkpoint / "model.safetensors")
    trainer = engine.Engine()
    trainer.load({
        "directory": str(args.checkpoint), "threads": args.threads,
        "parameters": [{"name": name, "decay": True} for name in names if name != "embedding.1.pe"],
        "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.01,
    }, None)
    torch.manual_seed(1)
    words = torch.randint(60, (2, args.batch[0], LENGTH)).unbind()
    request = {"rate": 1e-3, "clip": 1.0, "count": False}
    for _ in range(WARM_UP):
        trainer.step(request, words)
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < args.seconds:
        trainer.step(request, words)
        steps += 1
    rate = steps / (time.perf_counter() - start)
    print(json.dumps({"rate": rate, "torch": torch.__version__, "blas": mamba_torch.loaded_blas()}))


def torch_round(args, checkpoint, batch, setting):
    environment = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPENBLAS_NUM_THREADS="1", **SETTINGS[setting])
    return json.loads(output_of([
        sys.executable, __file__, "--torch-only", str(checkpoint), "--batch", str(batch),
        "--threads", str(args.threads), "--seconds", str(args.seconds), "--root", str(args.root),
    ], env=environment))


# ------------------------------------------------------------------ the Go side


def build(args, folder):
    """The compiled test program of each build, and tc0."""
    programs = {}
    for name, flags in BUILDS.items():
        programs[name] = folder / f"{name}.test"
        output_of(["go", "test", "-c", *flags, "-o", programs[name], "./empirical/train"], cwd=args.root)
    output_of(["go", "build", "-o", folder / "tc0", "./cmd/tc0"], cwd=args.root)
    return programs


def fresh_checkpoint(folder, arch):
    """A checkpoint after one step, and the loops that this machine's build uses."""
    spec, out = folder / f"{arch}.json", folder / arch
    spec.write_text(json.dumps({
        "task": {"name": "A5", "length": LENGTH}, "model": {"arch": arch, **MODELS[arch]},
        "train": {"steps": 1, "eval_words": 1, "until": {}}, "lengths": [LENGTH], "words": 1,
    }))
    record = json.loads(output_of([folder / "tc0", "train", spec, "-o", out, "--json"]))
    return out, record["machine"]["kernel"]


def go_round(args, program, arch, batch):
    output = output_of([
        program, "-test.run=^$", f"-test.bench=^BenchmarkStep$/^{arch}$/^batch={batch}$/^workers={args.threads}$",
        f"-test.benchtime={args.seconds}s", f"-test.cpu={args.threads}",
    ])
    found = re.search(r"([\d.e+]+) steps/s", output)
    if not found:
        fail(f"BenchmarkStep has no figure for {arch}, batch {batch}, {args.threads} threads:\n{output}")
    return float(found[1])


# --------------------------------------------------------------- the comparison


def measure(args, folder):
    """The steps per second of every round, by (architecture, batch) and side."""
    programs = build(args, folder)
    checkpoints = {arch: fresh_checkpoint(folder, arch) for arch in args.arch}
    rates = {(arch, batch): {} for arch in args.arch for batch in args.batch}
    about = {}
    for number in range(args.rounds):
        for (arch, batch), sides in rates.items():
            print(f"round {number + 1} of {args.rounds}: {arch}, batch {batch}", file=sys.stderr)
            for setting in SETTINGS:
                about = torch_round(args, checkpoints[arch][0], batch, setting)
                sides.setdefault(setting, []).append(about.pop("rate"))
            for name, program in programs.items():
                sides.setdefault(name, []).append(go_round(args, program, arch, batch))
    about["kernel"] = checkpoints[args.arch[0]][1]
    return rates, about


def report(args):
    result = {"machine": mamba_torch.machine(), "length": LENGTH, "threads": args.threads, "rounds": args.rounds,
              "seconds_a_round": args.seconds}
    with tempfile.TemporaryDirectory() as folder:
        rates, about = measure(args, pathlib.Path(folder))
    result.update(about)
    result["models"] = []
    for (arch, batch), sides in rates.items():
        median = {side: statistics.median(all_rates) for side, all_rates in sides.items()}
        fastest = max(median[setting] for setting in SETTINGS)
        ratio = {name: round(median[name] / fastest, 3) for name in BUILDS}
        result["models"].append({
            "arch": arch, "batch": batch, "bound": BOUNDS[arch] if about["kernel"] != "go" else None,
            "steps_per_second": {side: round(rate, 1) for side, rate in median.items()},
            "best": {side: round(max(all_rates), 1) for side, all_rates in sides.items()}, "ratio": ratio,
        })
    result["below_bound"] = [f"{m['arch']}, batch {m['batch']}" for m in result["models"]
                             if m["bound"] and m["ratio"]["usual"] < m["bound"]]
    return result


def print_table(r):
    m = r["machine"]
    print(f"machine     {m['cpu']}, {m['cores']} cores, {m['system']}, load {m['load_before']} before the run")
    print(f"models      width 64, 16 states, 60 tokens, length {r['length']}; {r['threads']} threads on both sides")
    print(f"PyTorch     {r['torch']}, float32, BLAS {', '.join(r['blas']) or 'unknown'}")
    print(f"Go          loops of the usual build: {r['kernel']}; of purego: go")
    print(f"measured    steps per second, medians of {r['rounds']} rounds of {r['seconds_a_round']:g} s, both sides in turn\n")
    sides = [*SETTINGS, *BUILDS]
    titles = ["PyTorch, " + s for s in SETTINGS] + ["Go, " + b for b in BUILDS]
    print(f"{'model':12} {'batch':>5}  " + "  ".join(f"{t:>{len(t)}}" for t in titles) + "   ratio  bound  purego's ratio")
    for row in r["models"]:
        numbers = "  ".join(f"{row['steps_per_second'][s]:>{len(t)}.1f}" for s, t in zip(sides, titles))
        bound = f"{row['bound']:.1f}" if row["bound"] else "-"
        print(f"{row['arch']:12} {row['batch']:>5}  {numbers}  {row['ratio']['usual']:>6.2f}  {bound:>5}  {row['ratio']['purego']:>14.2f}")
    print("\nA ratio is a build's median over that of PyTorch's fastest setting.")
    if m["load_before"] > BUSY:
        print("The machine was busy: PyTorch's threads wait for each other in every operation, so these ratios flatter Go.")
    print("below the bound: " + ("; ".join(r["below_bound"]) or "none"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", nargs="+", choices=list(MODELS), default=list(MODELS), help="the models")
    parser.add_argument("--batch", nargs="+", type=int, choices=[64, 256], default=[64, 256], help="words of a step")
    parser.add_argument("--threads", type=int, choices=[1, 2], default=2, help="of either side")
    parser.add_argument("--rounds", type=int, default=5, help="both sides take turns")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each side in a round")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2], help="of the Go module")
    parser.add_argument("--torch-only", dest="checkpoint", type=pathlib.Path, help="time PyTorch alone on a checkpoint; JSON")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    args = parser.parse_args()
    if args.rounds < 1 or args.seconds <= 0:
        fail(f"--rounds is {args.rounds} and --seconds {args.seconds:g}, expected at least 1 and more than 0")
    if args.checkpoint:
        time_torch(args)
        return
    result = report(args)
    print(json.dumps(result, indent=2)) if args.json else print_table(result)
    sys.exit(1 if result["below_bound"] else 0)


if __name__ == "__main__":
    try:
        main()
    except ImportError as error:
        fail(f"{error}: install PyTorch for {sys.executable} (Debian: apt-get install python3-torch)")
