# One cell does not parse, one raises when it is called; the other answers keep their credit.
# expect: sc-moment MISSING
# expect: mean-ratio ERROR
# expect: repulsion ERROR

# %% sc-moment-code
def sc_moment(k, R)
    return 0.0

# %% mean-ratio-code
def mean_ratio(levels):
    return np.mean(ratios_of(levels))
