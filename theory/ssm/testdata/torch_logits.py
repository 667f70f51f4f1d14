#!/usr/bin/env python3
"""Runs exported checkpoints in PyTorch and compares their logits.

    torch_logits.py DIR...

Every DIR holds config.json and model.safetensors as theory/ssm exports them, and
expected.safetensors with `ids` (I64 [words, length]) and `logits` (F64 [words, length,
classes]). For each DIR one line of JSON: {"dir": ..., "gap": ...}, where gap is the
largest difference over the largest expected logit of its position. The arithmetic is
that of the weights' type, F32 or F64.

Wherever torch.nn has the layer it is used; the others are written from the equations.
load_state_dict is strict: no tensor may be missing, left over or of another shape.
"""
import json
import math
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

DTYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    size = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            raw = bytearray(data[8 + size + begin:8 + size + end])
            tensors[name] = torch.frombuffer(raw, dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


class Shapes:
    """What the constructors need beside the configuration."""

    def __init__(self, tensors):
        self.tensors = tensors

    def has(self, name):
        return name in self.tensors

    def any(self, part):
        return any(part in name for name in self.tensors)


def parameter(*shape):
    return nn.Parameter(torch.zeros(*shape))


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = parameter(size), eps

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)


class BareLayerNorm(nn.Module):
    """LayerNorm without a bias, which this torch lacks."""

    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = parameter(size), eps

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight, None, self.eps)


def make_norm(c, size, bias):
    eps = c.get("layer_norm_epsilon", c.get("layer_norm_eps"))
    if c["rms_norm"]:
        return RMSNorm(size, eps)
    return nn.LayerNorm(size, eps=eps) if bias else BareLayerNorm(size, eps)


class Mixer(nn.Module):
    def __init__(self, c, s, stem):
        super().__init__()
        d, e, n = c["hidden_size"], c["intermediate_size"], c["state_size"]
        self.split, self.e = [c["time_step_rank"], n, n], e
        self.in_proj = nn.Linear(d, 2 * e, bias=s.has(stem + "in_proj.bias"))
        k = c["conv_kernel"]
        self.conv1d = nn.Conv1d(e, e, k, groups=e, padding=k - 1, bias=c["use_conv_bias"])
        self.x_proj = nn.Linear(e, sum(self.split), bias=False)
        self.dt_proj = nn.Linear(self.split[0], e)
        self.A_log, self.D = parameter(e, n), parameter(e)
        self.out_proj = nn.Linear(e, d, bias=s.has(stem + "out_proj.bias"))

    def forward(self, u):
        length = u.shape[1]
        v, z = self.in_proj(u).chunk(2, -1)
        s = F.silu(self.conv1d(v.transpose(1, 2))[..., :length].transpose(1, 2))
        low, b, c = self.x_proj(s).split(self.split, -1)
        delta = F.softplus(self.dt_proj(low))
        h, out = torch.zeros(len(u), self.e, self.split[1], dtype=u.dtype), []
        for t in range(length):
            step = delta[:, t, :, None]
            h = torch.exp(-step * torch.exp(self.A_log)) * h + step * s[:, t, :, None] * b[:, t, None]
            out.append((h * c[:, t, None]).sum(-1))
        return self.out_proj((torch.stack(out, 1) + self.D * s) * F.silu(z))


class MambaBlock(nn.Module):
    def __init__(self, c, s, i):
        super().__init__()
        self.mixer = Mixer(c, s, "backbone.layers.%d.mixer." % i)
        self.norm = make_norm(c, c["hidden_size"], s.has("backbone.norm_f.bias"))

    def forward(self, x):
        return x + self.mixer(self.norm(x))


class Mamba(nn.Module):
    def __init__(self, c, s):
        super().__init__()
        d = c["hidden_size"]
        self.backbone = nn.Module()
        self.backbone.embeddings = nn.Embedding(c["vocab_size"], d)
        self.backbone.layers = nn.ModuleList([MambaBlock(c, s, i) for i in range(c["num_hidden_layers"])])
        self.backbone.norm_f = make_norm(c, d, s.has("backbone.norm_f.bias"))
        self.lm_head = nn.Linear(d, c["vocab_size"], bias=s.has("lm_head.bias"))

    def forward(self, ids):
        x = self.backbone.embeddings(ids)
        for layer in self.backbone.layers:
            x = layer(x)
        return self.lm_head(self.backbone.norm_f(x))


class S4D(nn.Module):
    def __init__(self, c, s, i):
        super().__init__()
        d, modes = c["d_model"], c["d_state"] // 2
        self.kernel = nn.Module()
        self.kernel.C, self.kernel.log_dt = parameter(d, modes, 2), parameter(d)
        self.kernel.log_A_real, self.kernel.A_imag = parameter(d, modes), parameter(d, modes)
        self.D = parameter(d)
        self.output_linear = nn.Sequential(nn.Conv1d(d, 2 * d, 1, bias=s.any("output_linear.0.bias")), nn.GLU(1))

    def forward(self, u):
        k, n = self.kernel, u.shape[1]
        a = torch.complex(-k.log_A_real.exp(), k.A_imag)
        adt = a * k.log_dt.exp()[:, None]
        weight = torch.view_as_complex(k.C.contiguous()) * (adt.exp() - 1) / a
        kernel = 2 * (weight[..., None] * torch.exp(adt[..., None] * torch.arange(n))).sum(1).real  # [d, n]
        y = F.conv1d(F.pad(u.transpose(1, 2), (n - 1, 0)), kernel.flip(-1)[:, None], groups=len(kernel))
        return self.output_linear(F.gelu(y + self.D[:, None] * u.transpose(1, 2))).transpose(1, 2)


class IDS4(nn.Module):
    def __init__(self, c, s, i):
        super().__init__()
        d, n = c["d_model"], c["d_state"]
        self.A0, self.A, self.B = parameter(n, n), parameter(d, n, n), nn.Linear(d, n, bias=False)
        self.C = nn.Linear(n, d, bias=s.any(".C.bias"))
        self.D = nn.Linear(d, d, bias=s.any(".D.bias"))

    def forward(self, u):
        trans, drive = self.A0 + torch.einsum("bld,dij->blij", u, self.A), self.B(u)
        h, out = torch.zeros_like(drive[:, 0]), []
        for t in range(u.shape[1]):
            h = (trans[:, t] @ h[..., None])[..., 0] + drive[:, t]
            out.append(h)
        return self.C(torch.stack(out, 1)) + self.D(u)


class IDS4Product(nn.Module):
    def __init__(self, c, s, i):
        super().__init__()
        d, n = c["d_model"], c["d_state"]
        self.A, self.proj = parameter(d, n, n), nn.Linear(n, 1)
        self.C, self.D = nn.Linear(n, d), nn.Linear(d, d)

    def forward(self, u):
        trans = F.gelu(torch.einsum("bld,dij->blij", u, self.A))
        product, out = torch.eye(trans.shape[-1], dtype=u.dtype), []
        for t in range(u.shape[1]):
            product = product @ trans[:, t]
            out.append(self.proj(product)[..., 0])
        return self.C(torch.stack(out, 1)) + self.D(u)


class PDSSM(nn.Module):
    def __init__(self, c, s, i):
        super().__init__()
        d, n, k, g = c["d_model"], c["d_state"], c["dictionary_size"], c["d_gate"]
        self.select, self.matrices = nn.Linear(d, k, bias=False), parameter(k, n, n)
        self.magnitude = nn.Sequential(nn.Linear(d, g), nn.GELU(), nn.Linear(g, n))
        self.phase = nn.Sequential(nn.Linear(d, g), nn.GELU(), nn.Linear(g, n))
        self.B_re, self.B_im = parameter(n, d), parameter(n, d)
        self.readout, self.skip = nn.Linear(2 * n, d), parameter(d)

    def forward(self, u):
        n = self.B_re.shape[0]
        mixed = torch.einsum("blk,kij->blij", self.select(u).softmax(-1), self.matrices)
        p = F.one_hot(mixed.argmax(-2), n).transpose(-1, -2)  # column j has its 1 in row argmax
        d = torch.polar(torch.sigmoid(self.magnitude(u)), 2 * math.pi * torch.sigmoid(self.phase(u)))
        trans = p.to(d.dtype) * d[:, :, None, :]
        drive = torch.complex(u @ self.B_re.T, u @ self.B_im.T)
        h, out = torch.zeros_like(drive[:, 0]), []
        for t in range(u.shape[1]):
            h = (trans[:, t] @ h[..., None])[..., 0] + drive[:, t]
            out.append(torch.cat([h.real, h.imag], -1))
        return self.readout(torch.stack(out, 1)) + self.skip * u


class Residual(nn.Module):
    """Taggers whose layers and norms stand in two lists."""

    def __init__(self, c, s, layers, kind):
        super().__init__()
        count, d = c["n_layers"], c["d_model"]
        self.embedding = nn.Embedding(c["n_vocab"], d)
        self.layers_name, self.prenorm = layers, c["prenorm"]
        setattr(self, layers, nn.ModuleList([kind(c, s, i) for i in range(count)]))
        if s.any("norms."):
            self.norms = nn.ModuleList([make_norm(c, d, s.any("norms.0.bias")) for _ in range(count)])
        self.cl_head = nn.Linear(d, c["n_vocab"], bias=c["bias"])

    def forward(self, ids):
        x = self.embedding(ids)
        for i, layer in enumerate(getattr(self, self.layers_name)):
            norm = self.norms[i] if hasattr(self, "norms") else (lambda v: v)
            x = x + layer(norm(x)) if self.prenorm else norm(x + layer(x))
        return self.cl_head(x)


class SignRNN(nn.Module):
    """torch.nn.RNN with another nonlinearity."""

    def __init__(self, size, hidden, layers, bias):
        super().__init__()
        self.count, self.hidden = layers, hidden
        for i in range(layers):
            self.register_parameter("weight_ih_l%d" % i, parameter(hidden, hidden if i else size))
            self.register_parameter("weight_hh_l%d" % i, parameter(hidden, hidden))
            for name in ("bias_ih_l%d", "bias_hh_l%d"):
                self.register_parameter(name % i, parameter(hidden) if bias else None)

    def forward(self, x):
        for i in range(self.count):
            wi, wh, bi, bh = (getattr(self, name % i) for name in
                              ("weight_ih_l%d", "weight_hh_l%d", "bias_ih_l%d", "bias_hh_l%d"))
            h, out = torch.zeros(len(x), self.hidden, dtype=x.dtype), []
            for t in range(x.shape[1]):
                h = torch.sign(F.linear(x[:, t], wi, bi) + F.linear(h, wh, bh))
                out.append(h)
            x = torch.stack(out, 1)
        return x, h


class Recurrent(nn.Module):
    def __init__(self, c, s):
        super().__init__()
        size, hidden, layers, kind = c["d_embedding"], c["d_hidden"], c["n_layers"], c["kind"]
        self.embedding = nn.Embedding(c["n_vocab"], size)
        bias = s.any("bias_ih_l0")
        if kind == "lstm":
            self.lstm = nn.LSTM(size, hidden, layers, bias=bias, batch_first=True)
        elif kind == "sign":
            self.rnn = SignRNN(size, hidden, layers, bias)
        else:
            self.rnn = nn.RNN(size, hidden, layers, nonlinearity=kind, bias=bias, batch_first=True)
        self.cl_head = nn.Linear(hidden, c["n_vocab"], bias=c["bias"])

    def forward(self, ids):
        core = self.lstm if hasattr(self, "lstm") else self.rnn
        return self.cl_head(core(self.embedding(ids))[0])


class Positions(nn.Module):
    def __init__(self, rows, d):
        super().__init__()
        self.register_buffer("pe", torch.zeros(rows, 1, d))

    def forward(self, x):
        return x + self.pe[:x.shape[1], 0]


class Transformer(nn.Module):
    def __init__(self, c, s):
        super().__init__()
        d = c["d_model"]
        self.embedding = nn.Embedding(c["n_vocab"], d)
        if "max_len" in c:
            self.embedding = nn.Sequential(self.embedding, Positions(c["max_len"], d))
        layer = nn.TransformerEncoderLayer(d, c["n_heads"], c["d_ff"], 0.0, c["activation"], batch_first=True,
                                           norm_first=c["norm_first"])
        stem = "transformer.layers.0.norm1"
        layer.norm1 = make_norm(c, d, s.has(stem + ".bias"))
        layer.norm2 = make_norm(c, d, s.has(stem + ".bias"))
        final = make_norm(c, d, s.has(stem + ".bias")) if s.has("transformer.norm.weight") else None
        self.transformer = nn.TransformerEncoder(layer, c["n_layers"], norm=final)
        self.cl_head = nn.Linear(d, c["n_vocab"], bias=c["bias"])

    def forward(self, ids):
        mask = torch.full((ids.shape[1],) * 2, -math.inf).triu(1).to(self.cl_head.weight.dtype)
        x = self.embedding(ids)
        for layer in self.transformer.layers:
            x = layer(x, src_mask=mask)
        if self.transformer.norm is not None:
            x = self.transformer.norm(x)
        return self.cl_head(x)


def build(c, s):
    kind = c["model_type"].replace("_token_classifier", "")
    lists = {"s4d": ("s4d_layers", S4D), "ids4": ("s4_layers", IDS4Product), "ids4_affine": ("ids4_layers", IDS4),
             "pd_ssm": ("pd_layers", PDSSM)}
    if kind in lists:
        return Residual(c, s, *lists[kind])
    return {"mamba": Mamba, "transformer": Transformer}.get(kind, Recurrent)(c, s)


def gap(directory):
    with open(directory + "/config.json") as f:
        c = json.load(f)
    tensors = read(directory + "/model.safetensors")
    if c["tie_word_embeddings"]:
        tensors["lm_head.weight"] = tensors["backbone.embeddings.weight"]
    model = build(c, Shapes(tensors)).to(next(iter(tensors.values())).dtype)
    model.load_state_dict(tensors, strict=True)
    model.train()  # the fast path of evaluation asks for torch's own norms; there is no dropout
    expected = read(directory + "/expected.safetensors")
    want = expected["logits"]
    got = model(expected["ids"]).double()
    if got.shape != want.shape:
        sys.exit("%s: logits %s, expected %s" % (directory, list(got.shape), list(want.shape)))
    error, size = (got - want).abs().amax(-1), want.abs().amax(-1)
    return (error / size.clamp(min=1e-300)).max().item()


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        for path in sys.argv[1:]:
            print(json.dumps({"dir": path, "gap": gap(path)}), flush=True)
