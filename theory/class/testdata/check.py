"""Second checker of class certificates, written from their documentation alone.

Reads one certificate per line and prints "ok" or "fault" and a reason for each.
"""
import json
import re
import sys


class Fault(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Fault(reason)


def then(x, y):
    return tuple(y[q] for q in x)


def power(x, n):
    y = tuple(range(len(x)))
    while n:
        if n & 1:
            y = then(y, x)
        x = then(x, x)
        n >>= 1
    return y


def inverse(x):
    y = [0] * len(x)
    for p, q in enumerate(x):
        y[q] = p
    return tuple(y)


def commutator(x, y):
    return then(then(x, y), then(inverse(x), inverse(y)))


def as_map(x, degree):
    need(isinstance(x, list) and len(x) == degree and all(0 <= q < degree for q in x), "not a map")
    return tuple(x)


class Subject:
    def __init__(self, s):
        maps = s.get("maps", [])
        need(maps and maps[0] and len(maps[0]) <= 65536, "no maps")
        self.degree = len(maps[0])
        self.maps = [as_map(x, self.degree) for x in maps]
        self.letters = s.get("letters", [])
        self.start, self.outputs = s.get("start", 0), s.get("outputs", [])
        if not self.letters:
            need(self.start == 0 and not self.outputs, "outputs without letters")
            return
        need(len(self.letters) == len(maps) == len(set(self.letters)) and all(self.letters), "letters")
        need(len(self.outputs) == self.degree and 0 <= self.start < self.degree, "states")

    def value(self, word):
        x = tuple(range(self.degree))
        for a in word:
            need(0 <= a < len(self.maps), "letter")
            x = then(x, self.maps[a])
        return x

    def context(self, left, right, x, e):
        left, right = self.value(left), self.value(right)
        q = left[self.start]
        need(self.outputs[right[x[q]]] != self.outputs[right[e[q]]], "context")


def aperiodic(s, e):
    modulus, layers = e["modulus"], e["layers"]
    need(isinstance(layers, list) and modulus == len(layers) >= 1 and (modulus == 1 or s.letters), "modulus")
    layers = [{as_map(x, s.degree) for x in layer or []} for layer in layers]
    need(layers[1 % modulus].issuperset(s.maps), "letters")
    for i, layer in enumerate(layers):
        need(all(then(x, a) in layers[(i + 1) % modulus] for x in layer for a in s.maps), "closure")
    for x in layers[0]:
        y = power(x, e["exponent"])
        need(y == then(y, x), "powers")


def period(s, e):
    x, f = s.value(e["word"]), s.value(e["idempotent"])
    need(then(f, f) == f and then(f, x) == x == then(x, f) != f, "group")
    need(e["order"] >= 1 and power(x, e["order"]) == f, "order")
    if s.letters:
        need(len(e["word"]) == len(e["idempotent"]), "lengths")
        s.context(e["left"], e["right"], x, f)
    else:
        need(not e["left"] and not e["right"], "context of a word problem")


def units(e, maps):
    need(then(e, e) == e, "idempotent")
    points = [q for q in range(len(e)) if e[q] == q]
    number = {q: i for i, q in enumerate(points)}
    out = []
    for x in maps:
        need(then(e, x) == x == then(x, e), "unit")
        y = tuple(number[x[q]] for q in points)
        need(len(set(y)) == len(y), "permutation")
        out.append(y)
    return points, out


def run(program, gens, degree):
    """Returns values and depths of the steps."""
    values, depths = [], []

    def arg(text):
        need(int(text) < len(values), "step")
        return values[int(text)], depths[int(text)]

    for step in program or []:
        if m := re.fullmatch(r"x(\d+)", step):
            need(int(m[1]) < len(gens), "generator")
            x, depth = gens[int(m[1])], 0
        elif m := re.fullmatch(r"(\d+)\*(\d+)", step):
            (a, i), (b, j) = arg(m[1]), arg(m[2])
            x, depth = then(a, b), min(i, j)
        elif m := re.fullmatch(r"(\d+)\^-1", step):
            a, depth = arg(m[1])
            x = inverse(a)
        else:
            m = re.fullmatch(r"\[(\d+),(\d+)\]", step)
            need(m, "step")
            (a, i), (b, j) = arg(m[1]), arg(m[2])
            x, depth = commutator(a, b), min(i, j) + 1
        values.append(x)
        depths.append(depth)
    return values, depths


def term(ran, steps, depth):
    need(steps and all(0 <= i < len(ran[0]) and ran[1][i] >= depth for i in steps), "term")
    return [ran[0][i] for i in steps]


def series(gens, s):
    need(gens, "generators")
    degree = len(gens[0])
    one = tuple(range(degree))
    ran = run(s.get("program"), gens, degree)
    terms, closures = s.get("terms") or [], s["closures"] or []
    need(closures and len(terms) == len(closures) - 1, "terms")
    terms = [gens] + [term(ran, t, i + 1) for i, t in enumerate(terms)] + [[]]
    for i, c in enumerate(closures):
        this, after = terms[i], terms[i + 1]
        values, _ = run(c.get("program"), after, degree)
        want = [commutator(x, y) for j, x in enumerate(this) for y in this[j + 1:]]
        want += [commutator(y, x) for y in after for x in this]
        steps = c.get("values") or []
        need(len(want) == len(steps) and all(-1 <= k < len(values) for k in steps), "values")
        need(want == [one if k < 0 else values[k] for k in steps], "commutator")
    need(any(x != one for x in terms[len(closures) - 1]), "length")
    return len(closures)


def solvable(s, e, length):
    if all(len(set(x)) == s.degree for x in s.maps):
        need(e.get("series") and set(e) == {"series"}, "series")
        need(series(s.maps, e["series"]) == length, "derived length")
        return
    need(not e.get("series") and length == 0, "no series")
    elements = [as_map(x, s.degree) for x in e.get("elements") or []]
    number = {x: i for i, x in enumerate(elements)}
    groups = []
    for g in e.get("classes") or []:
        need(all(0 <= i < len(elements) for i in [g["e"]] + (g["generators"] or [])), "element")
        one, gens = elements[g["e"]], [elements[i] for i in g["generators"] or []]
        series(units(one, gens)[1], g["series"])
        group, queue = {one}, [one]
        for x in queue:
            for y in (then(x, a) for a in gens):
                if y not in group:
                    need(len(group) < len(elements), "group larger than the monoid")
                    group.add(y)
                    queue.append(y)
        groups.append((one, group))
    conjugate = {}
    for j in e.get("idempotents") or []:
        need(all(0 <= j[k] < len(elements) for k in "fab") and 0 <= j["class"] < len(groups), "conjugacy")
        a, b = elements[j["a"]], elements[j["b"]]
        need(then(a, b) == elements[j["f"]] and then(b, a) == groups[j["class"]][0], "conjugacy")
        conjugate[elements[j["f"]]] = a, b, groups[j["class"]][1]
    need(all(a in number for a in s.maps), "letters")
    omega = e.get("omega", 0)
    for x in elements:
        need(all(then(x, a) in number for a in s.maps), "closure")
        f = power(x, omega)
        need(omega and then(f, f) == f, "omega")
        if x != f and then(x, f) == x:
            need(f in conjugate, "idempotent")
            a, b, group = conjugate[f]
            need(then(then(b, x), a) in group, "group")


def perfect(s, e):
    one = s.value(e["idempotent"])
    points, gens = units(one, [s.value(w) for w in e["generators"] or []])
    need(gens, "generators")
    core = term(run(e.get("program"), gens, len(points)), e["perfect"], 0)
    values, depths = run(e["closure"], core, len(points))
    steps = e["values"] or []
    need(len(steps) == len(core) and all(0 <= k < len(values) and depths[k] >= 1 for k in steps), "values")
    need(core == [values[k] for k in steps], "commutators")
    moved = [x for x in core if x != tuple(range(len(points)))]
    need(moved, "trivial")
    if s.letters:
        x = tuple(points[moved[0][points.index(q)]] for q in one)
        s.context(e["left"], e["right"], x, one)
    else:
        need(not e["left"] and not e["right"], "context of a word problem")


def check(c):
    need(c["format"] == "tc0 class certificate 1", "format")
    s = Subject(c["subject"])
    evidence = {k for k in ("aperiodic", "solvable", "period", "perfect") if c.get(k) is not None}
    length = c.get("derived_length", 0)
    if c["class"] == "AC0":
        need(evidence == {"aperiodic"} and length == 0, "evidence")
        aperiodic(s, c["aperiodic"])
    elif c["class"] == "ACC0":
        need(evidence == {"solvable", "period"}, "evidence")
        period(s, c["period"])
        solvable(s, c["solvable"], length)
    else:
        need(c["class"] == "NC1-complete" and evidence == {"perfect"} and length == 0, "evidence")
        perfect(s, c["perfect"])


for line in sys.stdin:
    try:
        check(json.loads(line))
        print("ok")
    except Fault as fault:
        print("fault", fault)
