# lambda_max goes across and the depth up, on linear scales.
# expect: edge-figure FAILED

# %% edge-figure-code
def edge_figure(depths, p):
    _, ax = plt.subplots()
    for kind in ("gaussian", "orthogonal"):
        ax.plot([lam_max(int(L), p, kind) for L in depths], depths, label=kind)
    ax.set_xlabel("lambda")
    ax.set_ylabel("depth")
    return ax
