# m[k] is read as the k-th moment, as if the list began with m_0.
# The moments of ones and zeros are all the same, and survive it.
# expect: free-word FAILED
# expect: free-cumulants FAILED
# expect: s-transform PARTIAL

# %% free-word-code
def free_word(word, ma, mb):
    moments = {"a": ma, "b": mb}
    powers = ["".join(group) for _, group in itertools.groupby(word)]
    means = [moments[power[0]][len(power)] for power in powers]
    if len(powers) == 1:
        return float(means[0])
    value = 0.0
    for count in range(1, len(powers) + 1):
        for replaced in itertools.combinations(range(len(powers)), count):
            rest = "".join(power for i, power in enumerate(powers) if i not in replaced)
            value -= np.prod([-means[i] for i in replaced]) * (free_word(rest, ma, mb) if rest else 1.0)
    return float(value)

# %% free-cumulants-code
def free_cumulants(m):
    kappa = np.zeros(len(m))
    for n in range(1, len(m)):
        power, known = np.array([1.0]), 0.0
        for s in range(1, n):
            power = np.convolve(power, m)
            known += kappa[s - 1] * power[n - s]
        kappa[n - 1] = m[n] - known
    return kappa

# %% s-transform-code
def S_transform(moments, z):
    psi = np.polynomial.Polynomial([0.0, *moments[1:]])
    x = z / moments[1]
    for _ in range(20):
        x -= (psi(x) - z) / psi.deriv()(x)
    return (1 + z) / z * x if z else 1 / moments[1]
