# Negamax everywhere, fail-hard alpha-beta with both players written out, boards as pairs of bit masks, Nim by
# cases. Lists where tuples are usual inside, numpy integers where they come up.

# %% minimax-code
def minimax(tree):
    def negamax(node, sign):
        if type(node) is int:
            return sign * node, []
        best, line = None, None
        for i, child in enumerate(node):
            score, rest = negamax(child, -sign)
            if best is None or -score > best:
                best, line = -score, [i] + rest
        return best, line

    value, line = negamax(tree, 1)
    return value, tuple(line)

# %% solve-code
def solve(game):
    # forward to all positions first, then values backward by an explicit stack: no recursion
    after, order, stack = {}, [], [(game.start, False)]
    while stack:
        p, done = stack.pop()
        if done:
            order.append(p)
        elif p not in after:
            after[p] = [game.play(p, move) for move in game.moves(p)]
            stack.append((p, True))
            stack.extend((q, False) for q in after[p] if q not in after)
    value = {}
    for p in order:
        value[p] = -min(value[q] for q in after[p]) if after[p] else game.payoff(p)
    return value[game.start], len(after)

# %% alphabeta-code
def alphabeta(game):
    # Max and Min apart, everything as Max sees it; results kept inside the window
    def max_node(p, low, high):
        moves = game.moves(p)
        if len(moves) == 0:
            return game.payoff(p)
        for move in moves:
            low = max(low, min_node(game.play(p, move), low, high))
            if low >= high:
                return high
        return low

    def min_node(p, low, high):
        moves = game.moves(p)
        if len(moves) == 0:
            return -game.payoff(p)
        for move in moves:
            high = min(high, max_node(game.play(p, move), low, high))
            if high <= low:
                return low
        return high

    return max_node(game.start, float("-inf"), float("inf"))

# %% best-case-code
def best_case(branching):
    max_plies, min_plies = 1, 1
    for i, b in enumerate(branching):
        if i % 2:
            min_plies *= b
        else:
            max_plies *= b
    return max_plies + min_plies - 1

# %% best-order-code
def best_order(tree):
    # only the best child is moved to the front
    def value(node, maximise):
        if isinstance(node, int):
            return node
        return (max if maximise else min)(value(child, not maximise) for child in node)

    def order(node, maximise):
        if isinstance(node, int):
            return node
        values = [value(child, not maximise) for child in node]
        first = values.index(max(values) if maximise else min(values))
        chosen = [node[first]] + node[:first] + node[first + 1 :]
        return [order(child, not maximise) for child in chosen]

    return order(tree, True)

# %% census-code
def census(m, n, k):
    wins = []
    for r in range(m):
        for c in range(n):
            for dr, dc in [(0, 1), (1, 0), (1, 1), (-1, 1)]:
                cells = [(r + i * dr, c + i * dc) for i in range(k)]
                if all(0 <= a < m and 0 <= b < n for a, b in cells):
                    wins.append(sum(1 << (a * n + b) for a, b in cells))
    full = (1 << (m * n)) - 1

    def turned(a, b):
        yield a, b
        yield m - 1 - a, b
        yield a, n - 1 - b
        yield m - 1 - a, n - 1 - b
        if m == n:
            yield b, a
            yield n - 1 - b, a
            yield b, n - 1 - a
            yield n - 1 - b, n - 1 - a

    images = [[] for _ in range(8 if m == n else 4)]
    for a in range(m):
        for b in range(n):
            for image, (r, c) in zip(images, turned(a, b)):
                image.append(r * n + c)
    # each position: value to the player to move, ways to the end; `mine` is the player to move
    known, forms, terminal = {}, set(), 0

    def visit(mine, other):
        nonlocal terminal
        if (mine, other) in known:
            return known[mine, other]
        marks = [(mine >> i & 1) + 2 * (other >> i & 1) for i in range(m * n)]
        if bin(mine).count("1") < bin(other).count("1"):
            marks = [(0, 2, 1)[mark] for mark in marks]
        forms.add(max(tuple(marks[i] for i in image) for image in images))
        if any(other & win == win for win in wins):
            terminal += 1
            result = -1, 1
        elif mine | other == full:
            terminal += 1
            result = 0, 1
        else:
            best, ways = -1, 0
            for i in range(m * n):
                if not (mine | other) >> i & 1:
                    value, more = visit(other, mine | 1 << i)
                    best, ways = max(best, -value), ways + more
            result = best, ways
        known[mine, other] = result
        return result

    value, games = visit(0, 0)
    return [value, len(known), terminal, len(forms), games]

# %% nim-code
def nim_move(heaps, misere):
    large = [i for i, h in enumerate(heaps) if h > 1]
    ones = [i for i, h in enumerate(heaps) if h == 1]
    if not large:
        wins = len(ones) % 2 == (0 if misere else 1)
        return (1, (ones[0], 0) if ones else None) if wins else (-1, None)
    if len(large) == 1 and misere:
        return 1, (large[0], 1 - len(ones) % 2)
    s = 0
    for h in heaps:
        s = s ^ h
    for i, h in enumerate(heaps):
        if h ^ s < h:
            return 1, (i, h ^ s)
    return -1, None
