# Loops and no library: a sorted sweep for W1, overlaps of stretches for the plan, and the transport problem by
# cancelling negative cycles, starting from the north-west corner.

# %% kl-code
def kl(p, q):
    if abs(sum(p) - 1) > 1e-9 or abs(sum(q) - 1) > 1e-9 or (p < 0).any() or (q < 0).any():
        raise ValueError("p and q must be distributions")
    total = 0.0
    for a, b in zip(p, q):
        if a > 0:
            total += a * (np.log(a) - np.log(b)) if b > 0 else np.inf
    return total

# %% divergences-code
def divergences(x, p, y, q):
    union = np.union1d(x, y)
    a = (x == union[:, None]) @ p
    b = (y == union[:, None]) @ q
    entropies = [-np.sum(v[v > 0] * np.log(v[v > 0])) for v in (a, b, (a + b) / 2)]
    js = entropies[2] - (entropies[0] + entropies[1]) / 2
    return kl(a, b), kl(b, a), js, 1 - np.minimum(a, b).sum()

# %% w1-code
def w1(x, p, y, q):
    events = sorted([(t, mass) for t, mass in zip(x, p)] + [(t, -mass) for t, mass in zip(y, q)])
    area, carried, last = 0.0, 0.0, events[0][0]
    for t, mass in events:
        area += abs(carried) * (t - last)
        carried += mass
        last = t
    return area

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    plan = np.zeros((len(x), len(y)))
    for i in range(len(x)):
        start = p[x < x[i]].sum()
        for j in range(len(y)):
            begin = q[y < y[j]].sum()
            plan[i, j] = max(0.0, min(start + p[i], begin + q[j]) - max(start, begin))
    return plan

# %% shifted-code
def shifted(theta, w):
    shift = abs(theta)
    if shift == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    tv = 1.0 if shift > w else shift / w
    return np.array([np.inf, np.inf, tv * np.log(2), tv, shift])

# %% distance-curves-code
def distance_curves(thetas, w):
    fig, ax = plt.subplots()
    names = [None, None, "JS", "TV", "W1"]
    table = np.array([shifted(t, w) for t in thetas]).T
    for name, row in zip(names, table):
        if name:
            ax.plot(thetas, row, "o-", label=name)
    ax.set_xlabel(r"$\theta$")
    ax.set_ylabel("distance")
    ax.legend()
    return ax

# %% gauss-w1-code
def gauss_w1(m1, s1, m2, s2):
    # the integral over each side of the corner, from the density and the distribution function
    a, b = m1 - m2, abs(s1 - s2)
    if b < 1e-14:
        return abs(a)
    z = a / b
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    below = (1 + erf(z / np.sqrt(2))) / 2
    return a * (2 * below - 1) + 2 * b * density

# %% transport-code
def transport(X, p, Y, q):
    n, m = len(p), len(q)
    cost = np.sqrt(((X[:, None, :] - Y[None, :, :]) ** 2).sum(axis=2))
    plan = monotone_plan(np.arange(n), p, np.arange(m), q)
    while True:
        # Nodes: sources 0 .. n-1, targets n .. n+m-1. Mass may always be added, and taken back where there is some.
        length = np.full((n + m, n + m), np.inf)
        length[:n, n:] = cost
        length[n:, :n] = np.where(plan.T > 1e-13, -cost.T, np.inf)
        distance, before = np.zeros(n + m), np.full(n + m, -1)
        changed = -1
        for _ in range(n + m + 1):
            changed = -1
            through = distance[:, None] + length
            best = through.argmin(axis=0)
            for node in np.flatnonzero(through.min(axis=0) < distance - 1e-11):
                distance[node], before[node], changed = through[best[node], node], best[node], node
            if changed < 0:
                break
        if changed < 0:
            return float((plan * cost).sum()), plan
        for _ in range(n + m):
            changed = before[changed]
        cycle, node = [], changed
        while True:
            cycle.append((before[node], node))
            node = before[node]
            if node == changed:
                break
        mass = min(plan[b, a - n] for a, b in cycle if a >= n)
        for a, b in cycle:
            if a < n:
                plan[a, b - n] += mass
            else:
                plan[b, a - n] -= mass
