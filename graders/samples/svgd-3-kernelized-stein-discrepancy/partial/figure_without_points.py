# The curves are there, the estimates are not; and the scale of the second axis is logarithmic.
# expect: ksd-figure PARTIAL

# %% ksd-figure-code
def ksd_figure(Z, ms, hs):
    _, ax = plt.subplots()
    for h in hs:
        ax.plot(ms, [population_ksd2(m, 1.0, h) for m in ms], label=f"h = {h:g}")
        ax.plot([], [], "o", label=f"U, h = {h:g}")
    ax.set_yscale("log")
    ax.set_xlabel("$m$")
    ax.set_ylabel("KSD$^2$")
    ax.legend()
    return ax
