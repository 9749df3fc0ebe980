# The leaf that both strategies share is counted twice.
# expect: best-case FAILED

# %% best-case-code
def best_case(branching):
    return math.prod(branching[0::2]) + math.prod(branching[1::2])
