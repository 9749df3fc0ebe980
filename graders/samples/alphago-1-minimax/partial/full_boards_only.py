# Only a full board counts as an end, though play does stop at a line; the ways are not counted; no symmetry.
# expect: census PARTIAL

# %% census-code
def census(m, n, k):
    """Return (value, positions, terminal, classes, games) of the (m, n, k) game, five ints.

    m, n: rows and columns of the board, ints >= 1.  k: marks in a line that win, an int >= 1.
    """
    game = BoardGame(m, n, k)
    value, positions = solve(game)
    cells = np.arange(m * n).reshape(m, n)
    views = [view[::down, ::right] for view in (cells, cells.T) for down in (1, -1) for right in (1, -1)]
    symmetries = [view.ravel().tolist() for view in views if view.shape == cells.shape]
    terminal, games, forms = 0, 0, set()
    layer = Counter({game.start: 1})  # positions with equally many marks: the ways that lead to each
    while layer:
        following = Counter()
        for p, ways in layer.items():
            forms.add(p)
            moves = game.moves(p)
            if not moves:
                terminal += "." not in p
                games += 1
            for move in moves:
                following[game.play(p, move)] += ways
        layer = following
    return value, positions, terminal, len(forms), games


class BoardGame:
    """The (m, n, k) game; a position is a string of m * n characters out of ".XO", row by row."""

    def __init__(self, m, n, k):
        self.start = "." * (m * n)
        self.lines = []
        for row, column in itertools.product(range(m), range(n)):
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if row + (k - 1) * down < m and 0 <= column + (k - 1) * right < n:
                    self.lines.append([(row + i * down) * n + column + i * right for i in range(k)])

    def won(self, p):
        return any(p[line[0]] != "." and all(p[c] == p[line[0]] for c in line[1:]) for line in self.lines)

    def moves(self, p):
        return [] if self.won(p) else [cell for cell, mark in enumerate(p) if mark == "."]

    def play(self, p, cell):
        mark = "X" if p.count(".") % 2 == len(p) % 2 else "O"
        return p[:cell] + mark + p[cell + 1 :]

    def payoff(self, p):
        return -1 if self.won(p) else 0  # a line is always the work of the other player
