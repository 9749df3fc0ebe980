# The library's function rescales both masses to sum to one: nobody learns of the mistake.
# expect: kl PARTIAL

# %% kl-code
from scipy.stats import entropy


def kl(p, q):
    return float(entropy(p, q))
