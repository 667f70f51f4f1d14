"""The architectures of tc0 in PyTorch, as functions of the tensors of a checkpoint.

    config, weights = read_checkpoint(directory, torch.float32)
    forward = build(config, weights)
    logits = forward(ids)  # [words, length] -> [words, length, tokens]

Recurrent networks and transformers are those of torch.nn; the others are written out here
with differentiable operations. All follow the type and the device of the tensors, which are
leaves and may be changed in place.
"""
import json
import math
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F

KINDS = {"F32": torch.float32, "F64": torch.float64}


def read_tensors(path):
    """The tensors of a safetensors file, by name, in the order of their names."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header, body = json.loads(file.read(size)), bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in sorted(header.items()):
        start, end = entry["data_offsets"]
        flat = torch.frombuffer(body[start:end], dtype=KINDS[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def read_checkpoint(directory, dtype, device="cpu"):
    """The configuration of a checkpoint, and its tensors as parameters."""
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    tensors = read_tensors(os.path.join(directory, "model.safetensors"))
    return config, {name: nn.Parameter(t.to(device, dtype)) for name, t in tensors.items()}


def part(w, prefix):
    """The tensors whose name starts with a prefix, without it."""
    return {name[len(prefix) :]: t for name, t in w.items() if name.startswith(prefix)}


def adopt(module, w):
    """The module with the tensors of w, by name, as its parameters."""
    for name in [name for name, _ in module.named_parameters()]:
        owner, _, leaf = name.rpartition(".")
        setattr(module.get_submodule(owner), leaf, w[name])
    return module


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


def mamba_mixer(w, u):
    states, rank = w["A_log"].shape[1], w["dt_proj.weight"].shape[1]
    v, z = linear(w, "in_proj", u).chunk(2, -1)
    kernel = w["conv1d.weight"]
    v = F.pad(v.transpose(1, 2), (kernel.shape[2] - 1, 0))
    s = F.silu(F.conv1d(v, kernel, w.get("conv1d.bias"), groups=kernel.shape[0])).transpose(1, 2)
    p, b, out = linear(w, "x_proj", s).split([rank, states, states], -1)
    delta = F.softplus(linear(w, "dt_proj", p))
    decay = torch.exp(delta.unsqueeze(-1) * -torch.exp(w["A_log"]))
    drive = (delta * s).unsqueeze(-1) * b.unsqueeze(2)
    h, ys = torch.zeros_like(drive[:, 0]), []
    # unbind, because the gradient of an index is as large as all that is indexed.
    for decay_t, drive_t, out_t in zip(decay.unbind(1), drive.unbind(1), out.unbind(1)):
        h = decay_t * h + drive_t
        ys.append((h * out_t.unsqueeze(1)).sum(-1))
    return linear(w, "out_proj", (torch.stack(ys, 1) + w["D"] * s) * F.silu(z))


def mamba(c, w):
    layers = [part(w, f"backbone.layers.{i}.mixer.") for i in range(c["num_hidden_layers"])]
    embedding = w["backbone.embeddings.weight"]
    head = w.get("lm_head.weight", embedding)

    def forward(ids):
        x = F.embedding(ids, embedding)
        for i, mixer in enumerate(layers):
            x = x + mamba_mixer(mixer, norm(c, w, f"backbone.layers.{i}.norm", x))
        return F.linear(norm(c, w, "backbone.norm_f", x), head)

    return forward


def s4d_mixer(w, u):
    dt = torch.exp(w["kernel.log_dt"]).unsqueeze(-1)
    a = torch.complex(-torch.exp(w["kernel.log_A_real"]), w["kernel.A_imag"])
    weight = torch.view_as_complex(w["kernel.C"]) * (torch.exp(a * dt) - 1) / a
    length = u.shape[1]
    powers = torch.exp((a * dt).unsqueeze(-1) * torch.arange(length, device=u.device))
    kernel = 2 * (weight.unsqueeze(-1) * powers).sum(1).real
    spectrum = torch.fft.rfft(u, 2 * length, dim=1) * torch.fft.rfft(kernel, 2 * length).transpose(0, 1)
    y = torch.fft.irfft(spectrum, 2 * length, dim=1)[:, :length] + w["D"] * u
    p, q = F.linear(F.gelu(y), w["output_linear.0.weight"].flatten(1), w["output_linear.0.bias"]).chunk(2, -1)
    return p * torch.sigmoid(q)


def ids4_mixer(w, u):
    transitions = w["A0"] + torch.einsum("blr,rij->blij", u, w["A"])
    h, hs = u.new_zeros(u.shape[0], w["A0"].shape[0]), []
    for transition, drive in zip(transitions.unbind(1), linear(w, "B", u).unbind(1)):
        h = torch.einsum("bij,bj->bi", transition, h) + drive
        hs.append(h)
    return linear(w, "C", torch.stack(hs, 1)) + linear(w, "D", u)


def ids4_product_mixer(w, u):
    factors = F.gelu(torch.einsum("blr,rij->blij", u, w["A"])).unbind(1)
    products = [factors[0]]
    for factor in factors[1:]:
        products.append(products[-1] @ factor)
    return linear(w, "C", linear(w, "proj", torch.stack(products, 1)).squeeze(-1)) + linear(w, "D", u)


def residual(stem, mixer):
    """A tagger of numbered layers with a residual sum."""

    def make(c, w):
        layers = [part(w, f"{stem}.{i}.") for i in range(c["n_layers"])]

        def forward(ids):
            x = F.embedding(ids, w["embedding.weight"])
            for i, layer in enumerate(layers):
                x = around(c, w, f"norms.{i}", x, lambda u: mixer(layer, u))
            return linear(w, "cl_head", x)

        return forward

    return make


def recurrent(c, w):
    kind = c["kind"]
    shape = dict(input_size=c["d_embedding"], hidden_size=c["d_hidden"], num_layers=c["n_layers"], batch_first=True)
    if kind == "lstm":
        core = adopt(nn.LSTM(**shape), part(w, "lstm."))
    else:
        core = adopt(nn.RNN(nonlinearity=kind, **shape), part(w, "rnn."))
    return lambda ids: linear(w, "cl_head", core(F.embedding(ids, w["embedding.weight"]))[0])


def transformer(c, w):
    layers = [
        adopt(
            nn.TransformerEncoderLayer(
                c["d_model"], c["n_heads"], c["d_ff"], 0.0, c["activation"], c["layer_norm_eps"],
                batch_first=True, norm_first=c["norm_first"],
            ),
            part(w, f"transformer.layers.{i}."),
        )
        for i in range(c["n_layers"])
    ]

    def forward(ids):
        length = ids.shape[1]
        x = F.embedding(ids, w["embedding.0.weight"]) + w["embedding.1.pe"][:length, 0]
        mask = torch.full((length, length), -math.inf, dtype=x.dtype, device=x.device).triu(1)
        for layer in layers:
            x = layer(x, mask)
        if "transformer.norm.weight" in w:
            x = norm(c, w, "transformer.norm", x)
        return linear(w, "cl_head", x)

    return forward


MODELS = {
    "mamba": mamba,
    "s4d_token_classifier": residual("s4d_layers", s4d_mixer),
    "transformer_token_classifier": transformer,
    "tanh_token_classifier": recurrent,
    "relu_token_classifier": recurrent,
    "lstm_token_classifier": recurrent,
}


def build(c, w):
    """The function of a checkpoint; the two layers called IDS4 differ in their tensors."""
    if "ids4_layers.0.A0" in w:
        return residual("ids4_layers", ids4_mixer)(c, w)
    if "s4_layers.0.proj.weight" in w:
        return residual("s4_layers", ids4_product_mixer)(c, w)
    return MODELS[c["model_type"]](c, w)
