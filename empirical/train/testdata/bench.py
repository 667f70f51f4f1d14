"""The PyTorch side of BenchmarkStep: whole training steps of the same models.

    OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1 python3 bench.py [SECONDS] [ARCH ...]

One line for each architecture and batch: steps in a second, and milliseconds of processor
time for a step. OpenBLAS gets one thread because two pools of threads get in each other's
way: with two it is slower.
"""
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCAB, WIDTH, STATES, LENGTH = 60, 64, 16, 16


class Recurrent(nn.Module):
    def __init__(self, core):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        self.core = core(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, VOCAB)

    def forward(self, ids):
        return self.head(self.core(self.embedding(ids))[0])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, nn.LayerNorm(WIDTH))
        self.head = nn.Linear(WIDTH, VOCAB)
        self.register_buffer("positions", torch.randn(LENGTH, WIDTH))
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), -math.inf).triu(1))

    def forward(self, ids):
        return self.head(self.layers(self.embedding(ids) + self.positions, mask=self.mask))


class RMSNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Mamba(nn.Module):
    def __init__(self):
        super().__init__()
        inner, rank = 2 * WIDTH, WIDTH // 16
        self.rank = rank
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        self.norm, self.last = RMSNorm(), RMSNorm()
        self.in_proj = nn.Linear(WIDTH, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, 4, groups=inner, padding=3)
        self.x_proj = nn.Linear(inner, rank + 2 * STATES, bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.a_log = nn.Parameter(torch.log(torch.arange(1.0, STATES + 1)).repeat(inner, 1))
        self.d = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, WIDTH, bias=False)
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, ids):
        x = self.embedding(ids)
        v, z = self.in_proj(self.norm(x)).chunk(2, -1)
        s = F.silu(self.conv(v.transpose(1, 2))[..., :LENGTH].transpose(1, 2))
        p, b, c = self.x_proj(s).split([self.rank, STATES, STATES], -1)
        delta = F.softplus(self.dt_proj(p))
        decay = torch.exp(delta.unsqueeze(-1) * -torch.exp(self.a_log))
        drive = (delta * s).unsqueeze(-1) * b.unsqueeze(2)
        h, ys = torch.zeros_like(drive[:, 0]), []
        for a_t, u_t, c_t in zip(decay.unbind(1), drive.unbind(1), c.unbind(1)):
            h = a_t * h + u_t
            ys.append((h * c_t.unsqueeze(1)).sum(-1))
        y = torch.stack(ys, 1) + self.d * s
        return self.head(self.last(x + self.out_proj(y * F.silu(z))))


MODELS = {
    "rnn": lambda: Recurrent(nn.RNN),
    "lstm": lambda: Recurrent(nn.LSTM),
    "transformer": Transformer,
    "mamba": Mamba,
}


def measure(arch, batch, seconds):
    torch.manual_seed(1)
    model = MODELS[arch]()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ids, labels = torch.randint(VOCAB, (batch, LENGTH)), torch.randint(VOCAB, (batch, LENGTH))

    def step():
        loss = F.cross_entropy(model(ids).reshape(-1, VOCAB), labels.reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        return loss.item()

    for _ in range(3):
        step()
    count, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        step()
        count += 1
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{arch}/batch={batch} {count / wall:.1f} steps/s {1e3 * cpu / count:.2f} cpu-ms/step", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    time_each = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    for name in sys.argv[2:] or list(MODELS):
        for size in (64, 256):
            measure(name, size, time_each)
