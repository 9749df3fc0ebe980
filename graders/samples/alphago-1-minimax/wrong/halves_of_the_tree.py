# The first half of the plies against the second, in place of every other ply.
# expect: best-case FAILED

# %% best-case-code
def best_case(branching):
    half = (len(branching) + 1) // 2
    return math.prod(branching[:half]) + math.prod(branching[half:]) - 1
