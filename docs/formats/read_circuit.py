#!/usr/bin/env python3
"""Reads a tc0 threshold circuit, text or binary, and prints what it is as JSON.

    read_circuit.py [--word=1,0,1]... [--gates] FILE...

Counts, labels and gate values for each word, and with --gates every gate. Made from
threshold.md alone, as a check of that page; for circuits of up to some million wires.
"""

import ast
import itertools
import json
import sys
from collections import defaultdict


def add(total, coef, weights):
    for source, w in weights:
        total[source] += coef * w


class Circuit:
    """A circuit with its gates written out. A source is a name: x and an input bit, g and a gate."""

    def __init__(self):
        self.stages, self.tables, self.lists, self.outputs = [], [], [], []
        self.forms, self.terms = [], 0  # a form: (constant, {source: weight}, depth)
        self.banks, self.tokens = [], []  # a bank: (sources, depth); a token: its sources
        self.gates = []  # (threshold, {source: weight})

    def add_form(self, constant, terms):
        weights, depth = defaultdict(int), 0
        for coef, kind, number, table, off in terms:
            if kind == "f":
                constant += coef * self.forms[number][0]
                add(weights, coef, self.forms[number][1].items())
                depth = max(depth, self.forms[number][2])
            elif self.banks[number][0]:
                sources, inner = self.banks[number]
                column = itertools.repeat(1) if table is None else self.tables[table][off:off + len(sources)]
                add(weights, coef, zip(sources, column))
                depth = max(depth, inner)
        self.forms.append((constant, weights, depth))
        self.terms += len(terms)

    def add_input(self, bits):
        self.tokens.append([f"x{sum(map(len, self.tokens)) + k}" for k in range(bits)])
        self.banks.append((self.tokens[-1], 0))

    def add_bank(self, gates, forms, high_depth=0):
        """Adds gates (chosen forms, threshold, weights); forms are all that they read."""
        first = len(self.gates)
        for chosen, threshold, weights in gates:
            weights = defaultdict(int, weights)
            for f in chosen:
                threshold -= self.forms[f][0]
                add(weights, 1, self.forms[f][1].items())
            self.gates.append((threshold, {s: w for s, w in weights.items() if w}))
        depth = 1 + max([high_depth] + [self.forms[f][2] for f in forms])
        self.banks.append(([f"g{g}" for g in range(first, len(self.gates))], depth))

    def add_level(self, form, table, off, stride, gates):
        self.add_bank([((form,), self.tables[table][off + k * stride], {}) for k in range(gates)], [form])

    def add_digit(self, form, high, table, off, count, width, past):
        def c(i, j):
            code = i * 2**width + j
            return self.tables[table][off + code - 1] if code <= count else past

        us, depth = self.banks[high]
        weights = [{u: c(i, j) - c(i + 1, j) for i, u in enumerate(us)} for j in range(2**width)]
        self.add_bank([((form,), c(0, j), weights[j]) for j in range(1, 2**width)], [form], depth)

    def add_and(self, *lists):
        forms = [self.lists[i] for i in lists]
        self.add_bank([(chosen, len(chosen), {}) for chosen in itertools.product(*forms)], itertools.chain(*forms))

    def add_pairs(self, i):
        self.add_bank([(pair, 2, {}) for pair in itertools.combinations(self.lists[i], 2)], self.lists[i])

    def run(self, word):
        value = {}
        for sources, token in zip(self.tokens, word, strict=True):
            value |= {s: int(k == token) for k, s in enumerate(sources)}
        for g, (threshold, weights) in enumerate(self.gates):
            value[f"g{g}"] = int(sum(w * value[s] for s, w in weights.items()) >= threshold)
        labels = [[c for c, (b, k) in enumerate(o) if value[self.banks[b][0][k]]] for o in self.outputs]
        return {"word": word, "labels": labels, "gates": "".join(str(value[f"g{g}"]) for g in range(len(self.gates)))}

    def counts(self):
        sizes = [abs(w) for _, weights in self.gates for w in weights.values()]
        return {
            "depth": max([depth for sources, depth in self.banks if sources], default=0), "gates": len(self.gates),
            "wires": len(sizes), "inputs": sum(map(len, self.tokens)), "outputs": sum(map(len, self.outputs)),
            "max_weight_bits": max(sizes, default=0).bit_length(), "total_weight": sum(sizes),
            "max_fan_in": max([len(weights) for _, weights in self.gates], default=0),
        }


def read_text(data):
    c, lines = Circuit(), data.decode().split("\n")
    if lines[0] != "tc0 threshold 1" or lines.pop() != "":
        raise ValueError("not a whole file of version 1")

    def number(word):  # the n of f12, off=-3, 7
        return int(word.split("=")[-1].lstrip("bflt"))

    def term(text):  # 2*f3, 2*b3, 2*b3[t4:5]
        coef, _, source = text.partition("*")
        source, _, part = source.rstrip("]").partition("[")
        table, _, off = part.partition(":")
        return int(coef), source[0], number(source), number(table) if part else None, int(off or 0)

    for line in lines[2:]:
        kind, *words = line.split(" ")
        if kind == "stage":
            c.stages.append(ast.literal_eval(line.split(" ", 2)[2]))
        elif "@" in words:  # a bank
            getattr(c, "add_" + kind)(*map(number, words[1:words.index("@")]))
        elif kind == "form":
            c.add_form(int(words[2]), list(map(term, words[4::2])))
        elif kind == "list":
            c.lists.append(list(map(number, words[1:])))
        elif kind == "table":
            c.tables.append(list(map(int, words[1:])))
        else:  # output
            c.outputs.append([tuple(map(int, w[1:].split("."))) for w in words[1:]])
    return c, list(map(number, lines[1].split(" ")[1:]))


def read_binary(data):
    c, source = Circuit(), iter(data[8:])

    def u():
        value = shift = 0
        for byte in source:
            value, shift = value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value
        raise ValueError("the file ends early")

    def s():
        value = u()
        return value >> 1 if value & 1 == 0 else -(value >> 1) - 1

    def table():
        return [(v + 2**63) % 2**64 - 2**63 for v in itertools.accumulate([s() for _ in range(u())])]

    def term():
        coef, r = s(), u()
        if r & 1:
            return coef, "f", len(c.forms) - (r >> 1), None, 0
        part = u()
        return coef, "b", len(c.banks) - (r >> 1), part - 1 if part else None, u() if part else 0

    bank = [
        lambda: c.add_input(u()),
        lambda: c.add_level(len(c.forms) - u(), u(), u(), u(), u()),
        lambda: c.add_digit(len(c.forms) - u(), len(c.banks) - u(), u(), u(), u(), u(), s()),
        lambda: c.add_and(*[len(c.lists) - u() for _ in range(u())]),
        lambda: c.add_pairs(*[len(c.lists) - u() for _ in range(u())]),
    ]
    version, *header = [u() for _ in range(10)]
    if version != 1:
        raise ValueError(f"version {version}")
    c.stages = [bytes(itertools.islice(source, u())).decode() for _ in range(header[7])]
    c.tables = [table() for _ in range(header[6])]
    while (record := u()) != 0x12:  # a byte below 128
        if record == 0x10:
            c.add_form(s(), [term() for _ in range(u())])
        elif record == 0x11:
            c.lists.append([len(c.forms) - u() for _ in range(u())])
        else:
            bank[record]()
            s(), s(), s()  # the tag
    c.outputs = [[(u(), u()) for _ in range(u())] for _ in range(header[8])]
    if list(source):
        raise ValueError("bytes follow the last output")
    return c, header


def main():
    files = [a for a in sys.argv[1:] if not a.startswith("--")]
    words = [[int(t) for t in a[7:].split(",")] for a in sys.argv[1:] if a.startswith("--word=")]
    for name in files or sys.exit(__doc__):
        with open(name, "rb") as f:
            data = f.read()
        c, header = (read_binary if data.startswith(b"tc0thres") else read_text)(data)
        out = c.counts()
        found = [out["gates"], out["inputs"], len(c.banks), len(c.forms), c.terms]
        if header != found + [len(x) for x in (c.lists, c.tables, c.stages, c.outputs)]:
            sys.exit(f"{name}: the header's counts are not those of the file")
        out["words"] = [c.run(w) for w in words]
        print(json.dumps(out | ({"written_out": c.gates} if "--gates" in sys.argv else {})))


if __name__ == "__main__":
    main()
