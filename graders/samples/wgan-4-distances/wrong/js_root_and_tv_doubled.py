# The root of JS, as a library has it, and the whole 1-norm for TV.
# expect: divergences PARTIAL
# expect: shifted PARTIAL

# %% divergences-code
from scipy.spatial.distance import jensenshannon


def divergences(x, p, y, q):
    union = np.union1d(x, y)
    a, b = (x == union[:, None]) @ p, (y == union[:, None]) @ q
    return kl(a, b), kl(b, a), jensenshannon(a, b), np.abs(a - b).sum()

# %% shifted-code
def shifted(theta, w):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    outside = 1.0 if abs(theta) >= w else abs(theta) / w
    return np.inf, np.inf, np.sqrt(outside * np.log(2)), 2 * outside, abs(theta)
