# Another way to the right answers.

# %% rms-code
def rms(x):
    return sum(v * v for v in x.tolist()) ** 0.5 / len(x) ** 0.5

# %% spread-code
def spread(x):
    centred = x - x.sum() / x.size
    return float(np.linalg.norm(centred) / np.sqrt(x.size))
