"""Computes with PyTorch what a checkpoint written by tc0 computes.

    python3 pytorch.py < requests.json > answers.json

Requests are a list. Each has "directory", where config.json and model.safetensors are,
"tokens", words of one length as lists of numbers, and may have "labels", lists like them
with -1 for no label. An answer has "logits", a list for each word and position, and, with
labels, "loss", the sum of the cross entropies, and "gradients", by the name of the
tensor, flattened.

Recurrent networks and transformers are those of torch.nn; the others are written out here
with differentiable operations. Everything is in float64.
"""
import json
import math
import os
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

KINDS = {"F32": torch.float32, "F64": torch.float64}


def read_tensors(path):
    """The tensors of a safetensors file, by name, as float64."""
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + size]), bytearray(data[8 + size :])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(body[start:end], dtype=KINDS[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).double()
    return tensors


def part(w, prefix):
    """The tensors whose name starts with a prefix, without it."""
    return {name[len(prefix) :]: t for name, t in w.items() if name.startswith(prefix)}


def linear(w, name, x):
    return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))


def norm(c, w, name, x):
    eps, weight = c.get("layer_norm_eps", c.get("layer_norm_epsilon", 1e-5)), w[name + ".weight"]
    if c.get("rms_norm"):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * weight
    return F.layer_norm(x, weight.shape, weight, w.get(name + ".bias"), eps)


def around(c, w, name, x, mix):
    """The residual sum with the norm before, after or not at all."""
    if name + ".weight" not in w:
        return x + mix(x)
    if c.get("prenorm"):
        return x + mix(norm(c, w, name, x))
    return norm(c, w, name, x + mix(x))


def mamba_mixer(w, c, u):
    states, rank = w["A_log"].shape[1], w["dt_proj.weight"].shape[1]
    v, z = linear(w, "in_proj", u).chunk(2, -1)
    kernel, length = w["conv1d.weight"], u.shape[1]
    v = F.pad(v.transpose(1, 2), (kernel.shape[2] - 1, 0))
    s = F.silu(F.conv1d(v, kernel, w.get("conv1d.bias"), groups=kernel.shape[0])).transpose(1, 2)
    p, b, out = linear(w, "x_proj", s).split([rank, states, states], -1)
    delta = F.softplus(linear(w, "dt_proj", p))
    h, ys = 0, []
    for t in range(length):
        d = delta[:, t].unsqueeze(-1)
        h = torch.exp(d * -torch.exp(w["A_log"])) * h + d * s[:, t].unsqueeze(-1) * b[:, t].unsqueeze(1)
        ys.append((h * out[:, t].unsqueeze(1)).sum(-1))
    return linear(w, "out_proj", (torch.stack(ys, 1) + w["D"] * s) * F.silu(z))


def mamba(c, w, ids):
    x = w["backbone.embeddings.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        layer = f"backbone.layers.{i}."
        x = x + mamba_mixer(part(w, layer + "mixer."), c, norm(c, w, layer + "norm", x))
    head = w.get("lm_head.weight", w["backbone.embeddings.weight"])
    return F.linear(norm(c, w, "backbone.norm_f", x), head)


def s4d_mixer(w, u):
    dt = torch.exp(w["kernel.log_dt"]).unsqueeze(-1)
    a = torch.complex(-torch.exp(w["kernel.log_A_real"]), w["kernel.A_imag"])
    weight = torch.view_as_complex(w["kernel.C"]) * (torch.exp(a * dt) - 1) / a
    length = u.shape[1]
    powers = torch.exp((a * dt).unsqueeze(-1) * torch.arange(length))
    kernel = 2 * (weight.unsqueeze(-1) * powers).sum(1).real
    y = sum(F.pad(u[:, : length - l] * kernel[:, l], (0, 0, l, 0)) for l in range(length)) + w["D"] * u
    p, q = F.linear(F.gelu(y), w["output_linear.0.weight"].flatten(1), w["output_linear.0.bias"]).chunk(2, -1)
    return p * torch.sigmoid(q)


def ids4_mixer(w, u):
    states = w["A0"].shape[0]
    h, hs = u.new_zeros(u.shape[0], states), []
    for t in range(u.shape[1]):
        transition = w["A0"] + torch.einsum("br,rij->bij", u[:, t], w["A"])
        h = torch.einsum("bij,bj->bi", transition, h) + linear(w, "B", u[:, t])
        hs.append(h)
    return linear(w, "C", torch.stack(hs, 1)) + linear(w, "D", u)


def ids4_product_mixer(w, u):
    product, vs = None, []
    for t in range(u.shape[1]):
        factor = F.gelu(torch.einsum("br,rij->bij", u[:, t], w["A"]))
        product = factor if product is None else product @ factor
        vs.append(linear(w, "proj", product).squeeze(-1))
    return linear(w, "C", torch.stack(vs, 1)) + linear(w, "D", u)


def residual(stem, mixer):
    """A tagger of numbered layers with a residual sum."""

    def run(c, w, ids):
        x = w["embedding.weight"][ids]
        for i in range(c["n_layers"]):
            x = around(c, w, f"norms.{i}", x, lambda u: mixer(part(w, f"{stem}.{i}."), u))
        return linear(w, "cl_head", x)

    return run


def recurrent(c, w, ids):
    kind = c["kind"]
    name = "lstm" if kind == "lstm" else "rnn"
    shape = dict(input_size=c["d_embedding"], hidden_size=c["d_hidden"], num_layers=c["n_layers"], batch_first=True)
    core = nn.LSTM(**shape) if kind == "lstm" else nn.RNN(nonlinearity=kind, **shape)
    # functional_call does not reach the list of weights that these modules keep.
    core._flat_weights = [w[f"{name}.{weight}"] for weight in core._flat_weights_names]
    y, _ = core(w["embedding.weight"][ids])
    return linear(w, "cl_head", y)


def transformer(c, w, ids):
    length = ids.shape[1]
    mask = torch.full((length, length), -math.inf, dtype=torch.float64).triu(1)
    x = w["embedding.0.weight"][ids] + w["embedding.1.pe"][:length, 0]
    layer = nn.TransformerEncoderLayer(
        c["d_model"], c["n_heads"], c["d_ff"], 0.0, c["activation"], c["layer_norm_eps"],
        batch_first=True, norm_first=c["norm_first"],
    ).double()
    for i in range(c["n_layers"]):
        x = functional_call(layer, part(w, f"transformer.layers.{i}."), (x, mask))
    if "transformer.norm.weight" in w:
        x = norm(c, w, "transformer.norm", x)
    return linear(w, "cl_head", x)


MODELS = {
    "mamba": mamba,
    "s4d_token_classifier": residual("s4d_layers", s4d_mixer),
    "transformer_token_classifier": transformer,
    "tanh_token_classifier": recurrent,
    "relu_token_classifier": recurrent,
    "lstm_token_classifier": recurrent,
}


def choose(c, w):
    """The forward pass of a checkpoint; the two layers called IDS4 differ in their tensors."""
    if "ids4_layers.0.A0" in w:
        return residual("ids4_layers", ids4_mixer)
    if "s4_layers.0.proj.weight" in w:
        return residual("s4_layers", ids4_product_mixer)
    return MODELS[c["model_type"]]


def answer(request):
    directory = request["directory"]
    with open(os.path.join(directory, "config.json")) as file:
        config = json.load(file)
    weights = read_tensors(os.path.join(directory, "model.safetensors"))
    for t in weights.values():
        t.requires_grad_(True)
    logits = choose(config, weights)(config, weights, torch.tensor(request["tokens"]))
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
