# The recursion of the Catalan numbers, called by itself without a memory: 3^30 calls for k = 60.
# expect: sc-moment PARTIAL

# %% sc-moment-code
def catalan(n):
    return 1 if n == 0 else sum(catalan(i) * catalan(n - 1 - i) for i in range(n))


def sc_moment(k, R):
    return 0.0 if k % 2 else catalan(k // 2) * (R / 2) ** k
