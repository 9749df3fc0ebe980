# Values as Max sees them; a table for each player; boards as digits in base three, layer by layer, values from
# the last layer backwards; best moves by sorting.

# %% minimax-code
def minimax(tree):
    def value(t, max_moves):
        if isinstance(t, int):
            return t
        values = [value(c, not max_moves) for c in t]
        return max(values) if max_moves else min(values)

    line, node, max_moves = (), tree, True
    while isinstance(node, list):
        values = [value(c, not max_moves) for c in node]
        move = int(np.argmax(values) if max_moves else np.argmin(values))
        line, node, max_moves = (*line, move), node[move], not max_moves
    return node, line

# %% solve-code
def solve(game):
    table = {}

    def as_max_sees(p, max_moves):
        if (p, max_moves) not in table:
            moves = game.moves(p)
            if not moves:
                table[p, max_moves] = game.payoff(p) if max_moves else -game.payoff(p)
            else:
                values = [as_max_sees(game.play(p, move), not max_moves) for move in moves]
                table[p, max_moves] = max(values) if max_moves else min(values)
        return table[p, max_moves]

    return np.int64(as_max_sees(game.start, True)), len({p for p, _ in table})

# %% alphabeta-code
def alphabeta(game):
    # None for an infinite end; the largest result is kept apart from the window
    def search(p, alpha, beta):
        moves = game.moves(p)
        if not moves:
            return game.payoff(p)
        result = None
        for move in moves:
            low = None if beta is None else -beta
            high = None if alpha is None else -alpha
            score = -search(game.play(p, move), low, high)
            result = score if result is None else max(result, score)
            alpha = score if alpha is None else max(alpha, score)
            if beta is not None and alpha >= beta:
                return result
        return result

    return search(game.start, None, None)

# %% best-case-code
def best_case(branching):
    # by types: an open position has one open successor, the others are closed; then all and one in turn
    def closed(rest, all_moves):
        if not rest:
            return 1
        return (rest[0] if all_moves else 1) * closed(rest[1:], not all_moves)

    if not branching:
        return 1
    return best_case(branching[1:]) + (branching[0] - 1) * closed(branching[1:], False)

# %% best-order-code
def best_order(tree):
    # the whole tree as Max sees it, sorted at each node by the sign of the player
    def value(t, sign):
        return t if not isinstance(t, list) else sign * max(sign * value(c, -sign) for c in t)

    def arrange(t, sign):
        if not isinstance(t, list):
            return t
        return [arrange(c, -sign) for c in sorted(t, key=lambda c: -sign * value(c, -sign))]

    return arrange(tree, 1)

# %% census-code
def census(m, n, k):
    size = m * n
    grid = [(r, c) for r in range(m) for c in range(n)]

    def over(board, cell):
        # only lines through the last mark can be new
        r, c = grid[cell]
        for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
            run = 1
            for sign in (1, -1):
                a, b = r + sign * dr, c + sign * dc
                while 0 <= a < m and 0 <= b < n and board[a * n + b] == board[cell]:
                    run, a, b = run + 1, a + sign * dr, b + sign * dc
            if run >= k:
                return True
        return False

    ways, won, layers = {(0,) * size: 1}, {}, []
    for turn in range(size + 1):
        following, edges = {}, {}
        for board, count in ways.items():
            edges[board] = []
            if won.get(board):
                continue
            for cell in range(size):
                if board[cell] == 0:
                    new = board[:cell] + (1 + turn % 2,) + board[cell + 1 :]
                    following[new] = following.get(new, 0) + count
                    edges[board].append(new)
                    if new not in won:
                        won[new] = over(new, cell)
        layers.append((edges, ways))
        ways = following
    values, terminal, games = {}, 0, 0
    for edges, counts in reversed(layers):
        for board, after in edges.items():
            if after:
                values[board] = max(-values[new] for new in after)
            else:
                values[board] = -1 if won.get(board) else 0
                terminal, games = terminal + 1, games + counts[board]
    # classes by crossing off all images of a position
    views = [np.arange(size).reshape(m, n)]
    views += [views[0][::-1], views[0][:, ::-1], views[0][::-1, ::-1]]
    views += [view.T for view in views] if m == n else []
    left, classes = set(values), 0
    orders = [view.ravel().tolist() for view in views]
    while left:
        board = left.pop()
        classes += 1
        left -= {tuple([board[i] for i in order]) for order in orders}
    return values[(0,) * size], len(values), terminal, classes, games

# %% nim-code
def nim_move(heaps, misere):
    from functools import reduce
    from operator import xor as add

    s = reduce(add, heaps, 0)
    big = sum(h > 1 for h in heaps)
    if misere and big <= 1:
        # the end game: leave an odd number of single stones
        for i, h in enumerate(heaps):
            for left in range(min(h, 2)):
                rest = [*heaps[:i], left, *heaps[i + 1 :]]
                if max(rest) <= 1 and sum(rest) % 2 == 1:
                    return 1, (i, left)
        return (-1, None) if sum(heaps) else (1, None)
    good = [i for i, h in enumerate(heaps) if h ^ s < h]
    return (1, (good[0], heaps[good[0]] ^ s)) if good else (-1, None)
