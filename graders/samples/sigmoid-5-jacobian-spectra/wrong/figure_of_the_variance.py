# The variance instead of the largest eigenvalue, well labelled.
# expect: edge-figure PARTIAL

# %% edge-figure-code
def edge_figure(depths, p):
    _, ax = plt.subplots()
    for kind in ("gaussian", "orthogonal"):
        ax.loglog(depths, [jj_moments(int(L), p, p**-0.5, kind)[1] for L in depths], label=kind)
    ax.set_xlabel("depth $L$")
    ax.set_ylabel(r"$\lambda_{\max}$")
    return ax
