# Products in 64 bits: they overflow without a word.
# expect: best-case FAILED

# %% best-case-code
def best_case(branching):
    odd = np.array(branching[0::2], dtype=np.int64)
    even = np.array(branching[1::2], dtype=np.int64)
    return int(np.prod(odd) + np.prod(even) - 1)
