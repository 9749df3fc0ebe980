# The formula for ABAB and the factorisation of everything else: the definition was used once, not again and again.
# expect: free-word PARTIAL

# %% free-word-code
def free_word(word, ma, mb):
    moments = {"a": ma, "b": mb}
    powers = [(letter, len(list(run))) for letter, run in itertools.groupby(word)]
    if len(powers) > 1 and powers[0][0] == powers[-1][0]:  # tau is cyclic
        powers = [(powers[0][0], powers[0][1] + powers[-1][1]), *powers[1:-1]]
    if len(powers) == 4:
        (x, i), (y, j), (_, k), (_, l) = powers
        m = lambda s, n: moments[s][n - 1]
        return (
            m(x, i + k) * m(y, j) * m(y, l) + m(x, i) * m(x, k) * m(y, j + l)
            - m(x, i) * m(x, k) * m(y, j) * m(y, l)
        )
    return float(np.prod([moments[s][n - 1] for s, n in powers]))
