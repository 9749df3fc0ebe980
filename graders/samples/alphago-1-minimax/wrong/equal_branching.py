# The formula for equal branching, with the mean in place of each factor.
# expect: best-case FAILED

# %% best-case-code
def best_case(branching):
    d = len(branching)
    b = round(sum(branching) / d) if d else 1
    return b ** math.ceil(d / 2) + b ** (d // 2) - 1
