# The share in common for the share outside, a finite KL, and W1 counted in widths.
# expect: shifted FAILED

# %% shifted-code
def shifted(theta, w):
    common = max(1 - abs(theta) / w, 0.0) if w > 0 else 0.0
    return 0.0, 0.0, common * np.log(2), common, abs(theta) / max(w, 1e-9)
