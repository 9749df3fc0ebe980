# Each power by its own mean, also where two of them are neighbours on the circle.
# expect: free-word FAILED

# %% free-word-code
def free_word(word, ma, mb):
    moments = {"a": ma, "b": mb}
    sizes = [(letter, len(list(run))) for letter, run in itertools.groupby(word)]
    return float(np.prod([moments[letter][size - 1] for letter, size in sizes]))
