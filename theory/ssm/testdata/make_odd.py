#!/usr/bin/env python3
"""Makes odd/: small checkpoints with shapes, names and options off the beaten track.

    make_odd.py --mamba DIR --s4 DIR --sfirah DIR [--out DIR] [NAME...]

The DIRs are checkouts of github.com/state-spaces/mamba (e9594ce), state-spaces/s4
(e757cef) and jopetty/sfirah (30b5a87). Only torch and numpy are needed; what those
repositories import beyond that (triton, einops, CUDA extensions) is replaced by
the stand-ins below, none of which computes a layer.

The weights are random. The golden values are the outputs of the repositories' own
classes, run in float64 on the stored (rounded) weights: MambaLMHeadModel with
selective_scan_ref and rms_norm_ref, MambaTokenClassifier, S4D and
S4DTokenClassifier. Two things are changed to get float64 out of code that asks for
float32: Tensor.float() means double(), and residual_in_fp32 is off. The names of Hugging
Face transformers are the same weights under other names; eps is set on the norms.

Each folder gets config.json, model.safetensors (or shards with an index) and
golden.safetensors with ids.LN [cases, N], logits64.LN [cases, N, vocab], and for
one word act.ids [1, N], act.logits and the inner values act.layers.I.NAME under
the names of the ssm package, all F64 but the ids.
"""

import argparse
import functools
import importlib
import json
import pathlib
import re
import struct
import sys
import types
import unittest.mock

import numpy as np
import torch
from torch import nn

LENGTHS = (1, 2, 9)
CASES = 3

# ---------------------------------------------------------------- safetensors

PACK = {
    "F64": lambda a: a.astype("<f8"),
    "F32": lambda a: a.astype("<f4"),
    "F16": lambda a: a.astype("<f2"),
    "BF16": lambda a: to_bfloat16(a),
    "I64": lambda a: a.astype("<i8"),
}
UNPACK = {
    "F64": lambda a: a,
    "F32": lambda a: a.astype("f8"),
    "F16": lambda a: a.astype("f8"),
    "BF16": lambda a: (a.astype("u4") << 16).view("f4").astype("f8"),
}


def to_bfloat16(array):
    """The bits of the nearest bfloat16, ties to even."""
    bits = array.astype("<f4").view("<u4").astype("u8")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def rounded(array, dtype):
    """The float64 values that a reader of the stored tensor gets."""
    return UNPACK[dtype](PACK[dtype](array))


def save(path, tensors, metadata):
    """Writes {name: (dtype, array)} as one safetensors file."""
    header, body = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        dtype, array = tensors[name]
        data = PACK[dtype](np.ascontiguousarray(array)).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


# --------------------------------------------- the public code and its stand-ins


def rearrange(x, pattern, **sizes):
    """The part of einops.rearrange and einops.repeat that the public code uses."""
    left, right = (re.findall(r"\(([^)]*)\)|(\S+)", side) for side in pattern.split("->"))
    left = [group.split() or [name] for group, name in left]
    right = [group.split() or [name] for group, name in right]
    for axis, names in enumerate(left):
        unknown = [n for n in names if n not in sizes]
        known = int(np.prod([sizes[n] for n in names if n in sizes]))
        for n in unknown:
            sizes[n] = x.shape[axis] // known
    flat = [n for names in left for n in names]
    x = x.reshape([sizes[n] for n in flat])
    target = [n for names in right for n in names]
    for n in target:
        if n not in flat:  # a new axis: of size 1 ("1") or repeated
            x, flat = x.unsqueeze(0), [n] + flat
            x = x.expand([sizes.setdefault(n, 1)] + list(x.shape[1:]))
    x = x.permute([flat.index(n) for n in target])
    return x.reshape([int(np.prod([sizes[n] for n in names])) for names in right])


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


def package(name, path):
    module(name).__path__ = [str(path)]


class Public:
    """The classes of the three repositories, computing in float64."""

    def __init__(self, mamba, s4, sfirah):
        torch.Tensor.float = torch.Tensor.double
        self.commits = {"mamba": "e9594ce", "s4": "e757cef", "sfirah": "30b5a87"}
        module("einops", rearrange=rearrange, repeat=rearrange)
        for name in ("triton", "triton.language"):
            sys.modules[name] = unittest.mock.MagicMock(Config=lambda *_, **__: types.SimpleNamespace(num_warps=1))
        self._mamba(mamba)
        self._sfirah(s4, sfirah)

    def _mamba(self, root):
        for name in ("", ".models", ".modules", ".ops", ".ops.triton", ".utils"):
            package("mamba_ssm" + name, root / "mamba_ssm" / name[1:].replace(".", "/"))
        for name, member in (("modules.mamba2", "Mamba2"), ("modules.mamba3", "Mamba3"), ("modules.mha", "MHA"),
                             ("modules.mlp", "GatedMLP"), ("utils.generation", "GenerationMixin")):
            module("mamba_ssm." + name, **{member: type(member, (), {})})
        module("mamba_ssm.utils.determinism", autotune_configs=list)
        module("mamba_ssm.utils.hf", load_config_hf=None, load_state_dict_hf=None)
        norm = importlib.import_module("mamba_ssm.ops.triton.layer_norm")

        def rms_norm(x, weight, bias, residual=None, eps=1e-6, dropout_p=0.0, prenorm=False, residual_in_fp32=False):
            return norm.rms_norm_ref(x, weight, bias, residual=residual, eps=eps, prenorm=prenorm)

        norm.rms_norm_fn = rms_norm
        module("mamba_ssm.ops.triton.layernorm", RMSNorm=norm.RMSNorm, layer_norm_fn=None, rms_norm_fn=rms_norm)
        scan = importlib.import_module("mamba_ssm.ops.selective_scan_interface")
        simple = importlib.import_module("mamba_ssm.modules.mamba_simple")
        simple.selective_scan_fn = scan.selective_scan_ref
        block = importlib.import_module("mamba_ssm.modules.block")
        # sfirah was written when Block lived here and knew no MLP.
        simple.Block = lambda dim, mixer, **kw: block.Block(dim, mixer, nn.Identity, **kw)
        self.lm = importlib.import_module("mamba_ssm.models.mixer_seq_simple")
        self.lm_config = importlib.import_module("mamba_ssm.models.config_mamba").MambaConfig

    def _sfirah(self, s4, sfirah):
        for name in ("src", "src.models", "s4", "s4.models", "s4.models.s4"):
            package(name, s4 / "/".join(name.split(".")[1:]))
        module("src.models.nn", DropoutNd=nn.Dropout)
        module("s4.models.s4.s4", S4Block=None)
        package("sfirah", sfirah / "sfirah")
        self.s4d = importlib.import_module("sfirah.s4")
        self.ssm = importlib.import_module("sfirah.ssm")
        self.s4d_layer, self.mamba_layer = self.s4d.S4D, self.ssm.MambaBase

    def language_model(self, d_model, layers, vocab, cfg, rms_norm=True, pad=1, tied=True, eps=1e-5):
        model = self.lm.MambaLMHeadModel(self.lm_config(
            d_model=d_model, n_layer=layers, vocab_size=vocab, ssm_cfg=dict(cfg), rms_norm=rms_norm, residual_in_fp32=False,
            fused_add_norm=False, pad_vocab_size_multiple=pad, tie_embeddings=tied))
        for part in model.modules():
            if hasattr(part, "eps"):
                part.eps = eps
        return model.double().eval()

    def mamba_tagger(self, cfg=None, **options):
        """cfg reaches the mixers, which the tagger itself leaves at their defaults."""
        self.ssm.MambaBase = functools.partial(self.mamba_layer, **(cfg or {}))
        return self.ssm.MambaTokenClassifier(dropout=0.0, **options).double().eval()

    def s4d_tagger(self, layer_state=None, **options):
        """layer_state reaches the layers; the tagger's own d_state does not, so theirs is 64."""
        self.s4d.S4D = functools.partial(self.s4d_layer, **({"d_state": layer_state} if layer_state else {}))
        return self.s4d.S4DTokenClassifier(dropout=0.0, lr=0.001, **options).double().eval()


# -------------------------------------------------------------------- weights


def draw(rng, name, shape):
    """Random values of the size that trained parameters have."""
    normal = rng.standard_normal(shape)
    last = name.split(".")[-1]
    if "norm" in name:
        return 1 + 0.3 * normal if last == "weight" else 0.3 * normal
    if last == "A_log":
        return rng.uniform(-1, 1.5, shape)
    if last == "log_dt":
        return rng.uniform(-4, -0.5, shape)
    if last == "log_A_real":
        return 0.5 * normal - 0.7
    if last == "A_imag":
        return np.pi * np.arange(shape[-1]) + 0.1 * normal
    if name.endswith("dt_proj.bias"):
        return rng.uniform(-3, 1, shape)
    if "embedding" in name or last in ("C", "D"):
        return normal
    if last == "bias":
        return 0.3 * normal
    return normal * 1.5 / np.sqrt(np.prod(shape[1:]))


def fill(model, seed, dtype):
    """Gives every parameter random values that dtype can hold, and returns them."""
    rng, weights, seen = np.random.default_rng(seed), {}, {}
    for name, value in model.state_dict(keep_vars=True).items():
        if id(value) not in seen:  # a tied head is the embedding
            kind = dtype(name) if callable(dtype) else dtype
            array = rounded(draw(rng, name, tuple(value.shape)), kind)
            with torch.no_grad():
                value.copy_(torch.from_numpy(np.ascontiguousarray(array)))
            seen[id(value)] = (kind, array)
        weights[name] = seen[id(value)]
    return weights


# -------------------------------------------------------------- golden values


def logits_of(model, ids):
    out = model(ids)
    return out if torch.is_tensor(out) else out.logits


def watch(model, length):
    """Hooks that collect inner values; returns the dictionary they fill."""
    seen = {}

    def put(key, value):
        seen.setdefault(key, value.detach().numpy().copy())

    def hook(part, function):
        part.register_forward_hook(lambda _, inputs, output: function(inputs, output))

    for name, part in model.named_modules():
        number = re.search(r"\.(\d+)(\.|$)", name)
        key = f"act.layers.{number[1]}." if number else ""
        last, kind = name.split(".")[-1], type(part).__name__
        if last == "norm" and number:
            hook(part, lambda _, o, key=key: put(key + "norm_out", o))
        elif re.fullmatch(r"norms\.\d+", name):
            inner = "norm_out" if model.prenorm else "block_out"
            hook(part, lambda _, o, key=key, inner=inner: put(key + inner, o))
        elif kind == "Mamba":
            hook(part, lambda _, o, key=key: put(key + "mixer_out", o))
        elif last == "conv1d":
            hook(part, lambda _, o, key=key: put(key + "conv", o[..., :length].transpose(1, 2)))
        elif last == "x_proj":
            n = part.out_features - model.get_submodule(name.replace("x_proj", "dt_proj")).in_features

            def split(_, o, key=key, n=n):
                o = o.reshape(1, length, -1)
                put(key + "B", o[..., -n:-n // 2])
                put(key + "C", o[..., -n // 2:])

            hook(part, split)
            hook(part, lambda i, _, key=key: put(key + "conv_silu", i[0].reshape(1, length, -1)))
        elif last == "out_proj":
            hook(part, lambda i, _, key=key: put(key + "gated", i[0]))
        elif kind == "S4D":
            hook(part, lambda _, o, key=key: put(key + "mixer_out", o[0].transpose(1, 2)))
        elif kind == "S4DKernel":
            hook(part, lambda _, o, key=key: put(key + "kernel", o))
        elif kind == "GELU":
            hook(part, lambda i, _, key=key: put(key + "scan", i[0].transpose(1, 2)))
            hook(part, lambda _, o, key=key: put(key + "gelu", o.transpose(1, 2)))
    return seen


def golden(model, vocab, seed):
    rng, tensors = np.random.default_rng(seed + 1), {}
    with torch.no_grad():
        for n in LENGTHS:
            ids = rng.integers(0, vocab, (CASES, n))
            tensors[f"ids.L{n}"] = ("I64", ids)
            tensors[f"logits64.L{n}"] = ("F64", logits_of(model, torch.from_numpy(ids)).numpy())
        ids = rng.integers(0, vocab, (1, LENGTHS[-1]))
        inner = watch(model, LENGTHS[-1])
        tensors["act.ids"] = ("I64", ids)
        tensors["act.logits"] = ("F64", logits_of(model, torch.from_numpy(ids)).numpy())
        tensors.update({name: ("F64", value) for name, value in inner.items()})
    return tensors


# ----------------------------------------------------------------- the folders

# What transformers writes beside the sizes.
HF_EXTRA = {
    "architectures": ["MambaForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "silu",
    "initializer_range": 0.1, "model_type": "mamba", "pad_token_id": 0, "rescale_prenorm_residual": False,
    "residual_in_fp32": True, "time_step_floor": 0.0001, "time_step_init_scheme": "random", "time_step_max": 0.1,
    "time_step_min": 0.001, "time_step_scale": 1.0, "torch_dtype": "float32", "transformers_version": "4.40.0",
    "use_cache": True, "use_mambapy": False,
}


def hf_names(name):
    return name.replace("backbone.embedding.", "backbone.embeddings.")


def hf_config(d_model, layers, rows, cfg, tied, eps):
    """The configuration that transformers 4.40 writes for a model of these sizes."""
    return dict(HF_EXTRA, hidden_size=d_model, num_hidden_layers=layers, vocab_size=rows, state_size=cfg.get("d_state", 16),
                conv_kernel=cfg.get("d_conv", 4), expand=cfg.get("expand", 2),
                intermediate_size=int(cfg.get("expand", 2) * d_model), time_step_rank=cfg.get("dt_rank", "auto"),
                use_bias=cfg.get("bias", False), use_conv_bias=cfg.get("conv_bias", True), tie_word_embeddings=tied,
                layer_norm_epsilon=eps)


def original_config(d_model, layers, vocab, cfg, rms_norm, pad, tied):
    """The configuration that MambaLMHeadModel.save_pretrained writes."""
    return {"d_model": d_model, "d_intermediate": 0, "n_layer": layers, "vocab_size": vocab, "ssm_cfg": cfg,
            "attn_layer_idx": [], "attn_cfg": {}, "rms_norm": rms_norm, "residual_in_fp32": True, "fused_add_norm": True,
            "pad_vocab_size_multiple": pad, "tie_embeddings": tied}


# What the word-problem experiments log as their configuration: "eps" and "bias" are the optimizer's and the head's.
RUN = {"batch_size": 2048, "betas": [0.9, 0.999], "compile": False, "epochs": 500, "eps": 1e-08, "gradient_clip": 1.0,
       "group": "A5", "k": 9, "lr": 0.0001, "max_samples": None, "max_val_acc": None, "seed": 1, "strict_len": True,
       "tagging": True, "train_size": 0.8, "weight_decay": 0.01}


def language_model(public, names, d_model, layers, vocab, cfg, rms_norm=True, pad=1, tied=True, eps=1e-5):
    model = public.language_model(d_model, layers, vocab, cfg, rms_norm, pad, tied, eps)
    if names == "hf":
        config = hf_config(d_model, layers, model.lm_head.out_features, cfg, tied, eps)
    else:
        config = original_config(d_model, layers, vocab, cfg, rms_norm, pad, tied)
    return model, hf_names if names == "hf" else str, config, model.lm_head.out_features


def mamba_tagger(public, cfg=None, **options):
    model = public.mamba_tagger(cfg, fused_add_norm=False, residual_in_fp32=False, **options)
    return model, str, dict(RUN, **options, dropout=0.1, fused_add_norm=False, residual_in_fp32=False), options["n_vocab"]


def s4d_tagger(public, layer_state=None, **options):
    model = public.s4d_tagger(layer_state, **options)
    return model, str, dict(RUN, model_type="s4d_token_classifier", dropout=0.1, transposed=True, **options), options["n_vocab"]


def without(*names):
    return lambda weights, _: [weights.pop(name) for name in names]


def silent(*keys):
    return lambda _, config: [config.pop(key) for key in keys]


def wide_scan(name):
    """BF16 weights with the scan's parameters in F32, as training in mixed precision leaves them."""
    return "F32" if name.endswith(("A_log", ".D")) else "BF16"


# name: (seed, dtype, what makes it, arguments, changes before writing, number of shards)
FOLDERS = {
    "hf-bias": (1, "F64", language_model, dict(
        names="hf", d_model=3, layers=1, vocab=5, tied=False, eps=1e-3,
        cfg=dict(d_state=3, d_conv=2, dt_rank=2, expand=1, bias=True, conv_bias=False)), [], 1),
    "hf-auto-rank": (2, wide_scan, language_model, dict(
        names="hf", d_model=17, layers=2, vocab=3, eps=1e-6, cfg=dict(d_state=1, d_conv=1, expand=0.5)),
        [without("lm_head.weight")], 1),
    "hf-sharded": (3, "F32", language_model, dict(
        names="hf", d_model=1, layers=3, vocab=4, tied=False, cfg=dict(d_state=5, d_conv=5, dt_rank=3, expand=3)), [], 3),
    "original-padded": (4, "F32", language_model, dict(
        names="original", d_model=6, layers=1, vocab=5, pad=16,
        cfg=dict(layer="Mamba1", d_state=2, d_conv=3, expand=2, dt_rank="auto", dt_min=0.001, dt_max=0.1, dt_init="random",
                 dt_scale=1.0, dt_init_floor=1e-4, conv_bias=True, bias=False, use_fast_path=True)), [], 1),
    "original-layernorm": (5, "F16", language_model, dict(
        names="original", d_model=5, layers=3, vocab=6, pad=8, rms_norm=False, tied=False,
        cfg=dict(d_state=5, d_conv=5, expand=1, dt_rank=4)), [], 1),
    "original-defaults": (6, "F32", language_model, dict(
        names="original", d_model=4, layers=1, vocab=3, pad=8, cfg={}),
        [without("lm_head.weight"), silent("pad_vocab_size_multiple", "tie_embeddings", "rms_norm", "ssm_cfg")], 1),
    "tagger-mamba": (7, "F32", mamba_tagger, dict(
        d_model=3, n_layers=2, n_vocab=7, rms_norm=False, layer_norm_eps=1e-3, bias=True), [], 1),
    "tagger-mamba-rms": (8, "F64", mamba_tagger, dict(
        d_model=7, n_layers=1, n_vocab=4, rms_norm=True, layer_norm_eps=1e-6, bias=False,
        cfg=dict(d_state=3, d_conv=2, expand=1)), [], 1),
    "tagger-s4d-odd": (9, "F32", s4d_tagger, dict(
        layer_state=7, d_model=5, d_state=7, n_layers=2, n_vocab=4, prenorm=True, bias=False), [], 1),
    "tagger-s4d-64": (10, "F64", s4d_tagger, dict(
        d_model=2, d_state=16, n_layers=1, n_vocab=3, prenorm=False, bias=True), [], 1),
    "tagger-s4d-deep": (11, "BF16", s4d_tagger, dict(
        layer_state=2, d_model=3, d_state=2, n_layers=3, n_vocab=6, prenorm=False, bias=True), [], 1),
}


def make(public, folder, seed, dtype, build, arguments, changes, shards):
    torch.manual_seed(seed)
    model, rename, config, vocab = build(public, **arguments)
    weights = fill(model, seed, dtype)
    values = golden(model, vocab, seed)
    for change in changes:
        change(weights, config)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    write(folder, {rename(name): value for name, value in weights.items()}, shards)
    made = {"made_by": "make_odd.py", "torch": torch.__version__, "numpy": np.__version__}
    save(folder / "golden.safetensors", values, dict(made, **public.commits))


def write(folder, weights, shards):
    if shards == 1:
        save(folder / "model.safetensors", weights, {"format": "pt"})
        return
    index = {}
    for k in range(shards):
        file = f"model-{k + 1:05d}-of-{shards:05d}.safetensors"
        part = {name: weights[name] for name in sorted(weights)[k::shards]}
        save(folder / file, part, {"format": "pt"})
        index.update(dict.fromkeys(part, file))
    size = sum(value.size for _, value in weights.values())
    text = json.dumps({"metadata": {"total_size": 4 * size}, "weight_map": index}, indent=2, sort_keys=True)
    (folder / "model.safetensors.index.json").write_text(text + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("mamba", "s4", "sfirah"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "odd")
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    public = Public(args.mamba, args.s4, args.sfirah)
    for name in args.names or FOLDERS:
        make(public, args.out / name, *FOLDERS[name])


if __name__ == "__main__":
    main()
