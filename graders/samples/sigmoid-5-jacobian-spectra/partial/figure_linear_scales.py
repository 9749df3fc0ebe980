# The lines are right; scales and labels are not as asked.
# expect: edge-figure PARTIAL

# %% edge-figure-code
def edge_figure(depths, p):
    _, ax = plt.subplots()
    for kind in ("gaussian", "orthogonal"):
        ax.plot(depths, [lam_max(int(L), p, kind) for L in depths], label=kind)
    return ax
